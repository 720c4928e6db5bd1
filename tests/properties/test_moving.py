"""Whatever happened in a store, its export fills an empty one elsewhere: same balances, same history."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.db import merges, tables
from core.domain.adjusting import Notes
from core.domain.errors import Refused
from core.domain.merging import Source
from core.domain.staff import operator
from core.domain.stores import Store
from core.jobs.replay import replay_store
from core.services import excluding, merging
from core.services.adjusting import Adjustment, adjust
from core.services.redeeming import Making, Wish, redeem
from core.services.taking_in import Intake, take_in
from core.services.taking_out import export_lines
from core.services.terms import Sealing, load_terms
from core.services.undoing import undo_adjustment
from integrations.woocommerce import PLATFORM
from tests.data_files import confirmed, csv_of, differences, upload, without_ids
from tests.payloads import a_refund, an_order, gmt
from tests.world import World

PROGRAM = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}],
        "pending_days": 1,
        "expiry": {"kind": "fixed", "days": 20},
        "rewards": [{"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100}],
    }
)
NAMES = ("ana", "finn", "bea", "gus")

members_at = st.integers(0, 3)
happenings = st.one_of(
    st.tuples(st.just("order"), members_at, st.integers(1, 90)),
    st.tuples(st.just("refund"), st.integers(0, 8), st.integers(1, 90)),
    st.tuples(st.just("cancel"), st.integers(0, 8), st.just(0)),
    st.tuples(st.just("redeem"), members_at, st.just(0)),
    st.tuples(st.just("merge"), members_at, members_at),
    st.tuples(st.just("unmerge"), st.just(0), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 15), st.just(0)),
    st.tuples(st.just("set"), members_at, st.integers(-40, 60)),
    st.tuples(st.just("program"), st.just(0), st.just(0)),
    st.tuples(st.just("exclude"), members_at, st.just(0)),
    st.tuples(st.just("include"), members_at, st.just(0)),
    st.tuples(st.just("adjust"), members_at, st.integers(-40, 60).filter(bool)),
    st.tuples(st.just("unadjust"), st.integers(0, 8), st.just(0)),
)


class Life:
    """A store in which things happen, each as far as it can."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.began = world.now
        self.store = world.birch(program=PROGRAM, is_offline=False)
        self.orders: list[dict[str, Any]] = []
        self.adjusted: list[int] = []
        self.minute = 0

    def happen(self, what: str, one: int, other: int) -> None:
        with suppress(Refused):
            getattr(self, what)(one, other)

    def order(self, who: int, euros: int) -> None:
        made = an_order(
            len(self.orders) + 1,
            f"{euros}.00",
            customer_id=0 if who == 3 else 7 + who,
            billing={
                "email": f"{NAMES[who]}@example.com",
                "first_name": NAMES[who].capitalize(),
                "last_name": "" if euros % 2 else "O’Hara Łoś",
            },
            date_created_gmt=gmt(self.world.now),
            date_paid_gmt=gmt(self.world.now),
        )
        self.orders.append(made)
        self.tell(made)

    def tell(self, order: dict[str, Any]) -> None:
        self.minute += 1
        self.world.wait(minutes=1)
        order["date_modified_gmt"] = gmt(self.world.now)
        self.world.tell(self.store, order)

    def refund(self, at: int, euros: int) -> None:
        if self.orders:
            order = self.orders[at % len(self.orders)]
            order["refunds"] = [*order["refunds"], a_refund(f"{euros}.00", 900 + self.minute)]
            self.tell(order)

    def cancel(self, at: int, _other: int) -> None:
        if self.orders:
            order = self.orders[at % len(self.orders)]
            order["status"] = "cancelled"
            self.tell(order)

    def redeem(self, who: int, _other: int) -> None:
        member = self.members()[who % max(1, len(self.members()))] if self.members() else 0
        making = Making(PLATFORM, Sealing(self.world.env.secrets), self.world.env.token() + "0" * 20)
        with self.world.database.write(self.store.store_id) as db:
            wish = Wish(member, "one", None, f"k{next(self.world.numbers)}")
            redeem(db, load_terms(db, self.store), wish, making, self.world.now)

    def exclude(self, who: int, _other: int) -> None:
        self.say_who_is_in(excluding.exclude, who)

    def include(self, who: int, _other: int) -> None:
        self.say_who_is_in(excluding.include, who)

    def say_who_is_in(self, change: Callable[..., None], who: int) -> None:
        known = self.members()
        if known:
            with self.world.database.write(self.store.store_id) as db:
                sealing = Sealing(self.world.env.secrets)
                change(
                    db, self.store, known[who % len(known)], operator(), "", self.world.now, sealing=sealing
                )

    def adjust(self, who: int, points: int) -> None:
        known = self.members()
        if known:
            notes = Notes("Für „dich“", "a" * (points % 3))
            wanted = Adjustment(
                known[who % len(known)], points, notes, self.world.env.token(), may_owe=points % 2 == 0
            )
            with self.world.database.write(self.store.store_id) as db:
                terms = load_terms(db, self.store)
                sealing = Sealing(self.world.env.secrets)
                self.adjusted.append(adjust(db, terms, wanted, operator(), sealing, self.world.now).id)

    def unadjust(self, at: int, _other: int) -> None:
        if self.adjusted:
            adjustment_id = self.adjusted[at % len(self.adjusted)]
            with self.world.database.write(self.store.store_id) as db:
                terms = load_terms(db, self.store)
                undo_adjustment(db, terms, adjustment_id, operator(), self.world.now)

    def members(self) -> list[int]:
        of_store = tables.members.c.store_id == self.store.store_id
        with self.world.database.read(self.store.store_id) as db:
            return list(
                db.execute(
                    select(tables.members.c.id).where(of_store).order_by(tables.members.c.id)
                ).scalars()
            )

    def merge(self, one: int, other: int) -> None:
        known = self.members()
        if known:
            pair = known[one % len(known)], known[other % len(known)]
            with self.world.database.write(self.store.store_id) as db:
                merging.merge(db, self.store, *pair, Source.OPERATOR, self.world.now)

    def unmerge(self, _one: int, _other: int) -> None:
        with self.world.database.write(self.store.store_id) as db:
            for member_id in self.members_of(db):
                merge = merges.standing(db, self.store.store_id, member_id)
                if merge is not None:
                    merging.undo(db, self.store, merge.id, self.world.now)
                    return

    def members_of(self, db: Any) -> list[int]:
        of_store = tables.members.c.store_id == self.store.store_id
        return list(db.execute(select(tables.members.c.id).where(of_store)).scalars())

    def wait(self, days: int, _other: int) -> None:
        self.world.wait(days=days)
        self.world.mature(self.store)

    def set(self, who: int, points: int) -> None:
        file = csv_of([f"{NAMES[who]}@example.com,{points}"])
        task_id = upload(self.world, self.store, file, mode="set")
        confirmed(self.world, self.store, task_id, self.store.name)

    def program(self, _one: int, _other: int) -> None:
        self.world.apply(self.store, PROGRAM, self.world.now)


def export_of(world: World, store: Store) -> bytes:
    with world.database.read_still(store.store_id) as db:
        return b"".join(export_lines(db, store, Sealing(world.env.secrets), world.now))


@settings(max_examples=12)
@given(life=st.lists(happenings, min_size=3, max_size=16))
def test_a_store_moves_between_databases_and_back_with_every_balance_and_line(
    lasting_sqlite_world: World, lasting_postgres_world: World, life: list[tuple[str, int, int]]
) -> None:
    here, there = lasting_sqlite_world, lasting_postgres_world
    lived = Life(here)
    for what, one, other in life:
        lived.happen(what, one, other)
    assert differences(here, lived.store) == []
    file = export_of(here, lived.store)
    for world in (there, here):
        moved = world.birch(program=None)
        with world.database.write(moved.store_id) as db:
            intake = Intake(moved, Sealing(world.env.secrets), here.now, is_same_store=True)
            take_in(db, file.splitlines(), intake)
        again = export_of(world, moved)
        assert without_ids(again) == without_ids(file)
        assert differences(world, moved) == []
        assert replay_store(world.env, moved, lambda _done: None).differing == 0
        file = again
