"""Two stores with rows in every table: whatever one of them can see of the other is a hole in the wall."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, func, select
from sqlalchemy.pool import NullPool

from core.db import (
    apps,
    comparisons,
    effects,
    hooks,
    members,
    redemptions,
    stores,
    sweeps,
    tables,
    task_codes,
    tasks,
)
from core.db.engine import Database
from core.domain.grants import Grant
from core.domain.merging import Source
from core.domain.personal import Person
from core.domain.redemptions import Carrier
from core.domain.staff import Role, operator
from core.domain.stores import Store
from core.services.adding_up import add_up
from core.services.apps import add_app
from core.services.branding import Wanted, save_brand
from core.services.cancelling import cancel
from core.services.erasing import erase
from core.services.excluding import exclude
from core.services.exporting import keep_export
from core.services.granting import keep_grant
from core.services.keys import make_key
from core.services.merging import merge
from core.services.noting import note_change
from core.services.reconciling import soon
from core.services.redeeming import Making, Wish, redeem
from core.services.tasking import ask_task
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.adjusting import adjusted
from tests.payloads import a_refund, an_order
from tests.world import World

REWARDING = json.dumps(
    {"rewards": [{"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100, "stock": 1}]}
)


@dataclass(frozen=True)
class Neighbours:
    """Two stores with rows in every table, and the database as its owner sees it."""

    acorn: Store
    birch: Store
    database: Database
    owner: Engine

    def rows_of(self, table: Table, store: Store) -> int:
        with self.owner.connect() as db:
            return count(db, select(func.count()).where(table.c.store_id == store.store_id))


def count(db: Connection, query: object) -> int:
    """What a query that counts comes to."""
    return int(db.execute(query).scalar_one())  # type: ignore[call-overload]


@contextmanager
def neighbouring(url: str, folder: Path) -> Iterator[Neighbours]:
    """Both, in a migrated database, until the block ends."""
    with World.open(url, folder) as world:
        acorn, birch = (world.connect(name, is_offline=False) for name in ("Acorn", "Birch"))
        for store in (acorn, birch):
            world.tell(store, an_order(billing={"email": "ana@example.com", "first_name": "Ana"}))
            world.tell(store, an_order(minute=1, refunds=[a_refund("10.00")]))
            with world.database.write(store.store_id) as db:
                stores.set_rate(db, store.store_id, "USD", "0.9", world.now)
                stores.raise_notice(db, store.store_id, "noticed", "", "Something.", world.now)
                make_key(db, store, "", "0" * 64, world.now)
                hooks.add(db, store.store_id, "1", "order.created", world.now)
                effects.ask(db, store.store_id, effects.FETCH_ORDER, ["1042"], world.now)
                soon(db, store.store_id, world.now, world.now)
                comparisons.ask(db, store.store_id, world.now)
                add_up(db, store, world.now + timedelta(days=1))
            grant_tokens(world, store)
            world.tell(store, an_order(2, customer_id=8))
            with world.database.write(store.store_id) as db:
                ana, bea = (members.by_customer_ref(db, store.store_id, ref) for ref in ("7", "8"))
                assert ana is not None
                assert bea is not None
                merge(db, store, bea.id, ana.id, Source.OPERATOR, world.now)
            take_on_olive(world, store)
            call_points_beans(world, store)
            ask_for_long_work(world, store)
            redeem_and_take_back(world, store)
            with world.database.write(store.store_id) as db:
                exclude(db, store, ana.id, operator(), "why", world.now, sealing=Sealing(world.env.secrets))
            adjusted(world, store, 5)
            ask_and_forget_gus(world, store)
        yield Neighbours(acorn, birch, world.database, create_engine(url, poolclass=NullPool))


def grant_tokens(world: World, store: Store) -> None:
    """Tokens for an app of the store's own, and an installation under way."""
    grant = Grant("shpat_1", "shprt_1", frozenset({"read_orders"}), 3600, None)
    with world.database.write_all() as db:
        keys = (f"app-of-{store.name}", "shpss_0123456789abcdef")
        app = add_app(db, "shopify", keys, "", world.env.secrets, world.now)
        apps.begin_install(db, f"state of {store.name}", app.app_id, "acorn.myshopify.com", world.now)
        keep_grant(db, store, app, grant, world.env.secrets, world.now)


def take_on_olive(world: World, store: Store) -> None:
    """Somebody works in the store, drafts a program, calls points Beans, and it is noted."""
    with world.database.write_all() as db:
        email_key = store.name.encode().ljust(32)
        row = {"email_key": email_key, "person": world.env.secrets.seal({}), "made_at": world.now}
        staff_id = db.execute(tables.staff.insert().returning(tables.staff.c.id), row).scalar_one()
    with world.database.write(store.store_id) as db:
        note_change(db, store.store_id, operator(), "staff.added", f"staff {staff_id}", world.now)
        role = {"staff_id": staff_id, "role": Role.OWNER, "given_at": world.now}
        db.execute(tables.staff_roles.insert().values({"store_id": store.store_id, **role}))
        draft = {
            "revision": 1,
            "program": "{}",
            "based_on": 1,
            "changed_at": world.now,
            "changed_by": "Olive",
        }
        db.execute(tables.program_drafts.insert().values({"store_id": store.store_id, **draft}))


def call_points_beans(world: World, store: Store) -> None:
    """The store has a name of its own for its points."""
    with world.database.write(store.store_id) as db:
        save_brand(db, store.store_id, Wanted("Bean", "Beans", "#6d1d66"), 0, operator(), world.now)


def ask_for_long_work(world: World, store: Store) -> None:
    """A piece of work with a file."""
    with world.database.write(store.store_id) as db:
        asked = ask_task(db, store.store_id, "a kind", {}, operator(), world.now)
        tasks.add_part(db, store.store_id, asked, 0, b"sealed")
        task_codes.add_waiting(db, store.store_id, asked, 1)


def redeem_and_take_back(world: World, store: Store) -> None:
    """A redemption of a reward of which there is a stock, on an order that carries its code, taken back."""
    world.apply(store, REWARDING, world.now)
    with world.database.write(store.store_id) as db:
        row = members.by_customer_ref(db, store.store_id, "7")
        assert row is not None
        making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token())
        made = redeem(db, load_terms(db, store), Wish(row.id, "one", None, "k"), making, world.now)
        sweeps.go_on_at(db, store.store_id, "2")
        redemptions.keep_carrier(db, store.store_id, made.id, Carrier("1042", Fraction(0)))
        cancel(db, store, made.id, world.now)


def ask_and_forget_gus(world: World, store: Store) -> None:
    """Somebody nobody knows asks what is held of him, and is forgotten."""
    gus, sealing = Person("9", None), Sealing(world.env.secrets)
    with world.database.write(store.store_id) as db:
        keep_export(db, store, gus, "1", sealing, world.now)
        erase(db, store, gus, world.now, sealing)
