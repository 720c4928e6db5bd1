"""The migrations make the tables the code speaks of, and walls that hold where the code forgets."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, Engine, Table, create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.db import apps, comparisons, effects, hooks, members, redemptions, stores, sweeps, tables, tasks
from core.db.engine import APP_ROLE, Database
from core.db.migrate import current_revision, latest_revision, upgrade
from core.domain.grants import Grant
from core.domain.merging import Source
from core.domain.personal import Person
from core.domain.redemptions import Carrier
from core.domain.staff import Role, operator
from core.domain.stores import Store
from core.services.apps import add_app
from core.services.cancelling import cancel
from core.services.erasing import erase
from core.services.exporting import keep_export
from core.services.granting import keep_grant
from core.services.keys import make_key
from core.services.merging import merge
from core.services.noting import note_change
from core.services.reconciling import soon
from core.services.redeeming import Making, Wish, redeem
from core.services.signing_in import make_link, sign_in
from core.services.tasking import ask_task
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.payloads import a_refund, an_order
from tests.servers import Postgres
from tests.workplace import ROOT
from tests.world import NOW, World

KEYS_LED_BY_THE_STORE = {
    *("inbox", "order_snapshots", "members", "entries", "lots", "lot_uses", "effects"),
    *("api_keys", "redemptions", "lot_returns", "exports"),
}
"""On PostgreSQL their primary key is (store_id, id): partitions want it so. SQLite numbers `id` alone."""

OF_ALL_STORES = ("apps", "installs")
"""No row of theirs is any single store's: who serves one sees none."""

NEVER_CHANGED = ("entries", "changes")
"""The product may add rows to these, and none is changed by it afterwards."""

OF_THE_INSTALLATION = [
    *(tables.sign_in_links, tables.admin_sessions, tables.connect_attempts, tables.connect_keys),
    *(tables.staff, tables.sign_in_failures),
]
OF_A_STORE = [table for table in tables.metadata.sorted_tables if "store_id" in table.c]


REWARDING = json.dumps(
    {"rewards": [{"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100, "stock": 1}]}
)


def owner_of(url: str) -> Engine:
    """The database as its owner sees it, past every wall that holds for the product."""
    return create_engine(url, poolclass=NullPool)


@pytest.fixture
def owner(database_url: str) -> Engine:
    """A migrated database of either kind."""
    return owner_of(database_url)


# -- the schema


def test_the_migrated_schema_is_the_one_the_code_speaks_of(owner: Engine) -> None:
    with owner.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=lambda table: table.name)
def test_keys_checks_and_partial_indexes_are_the_same_too(owner: Engine, table: Table) -> None:
    inspector = inspect(owner)
    kind = owner.dialect.name
    is_led = kind == "postgresql" and table.name in KEYS_LED_BY_THE_STORE
    key = ["store_id", "id"] if is_led else [column.name for column in table.primary_key]
    assert inspector.get_pk_constraint(table.name)["constrained_columns"] == key

    checks = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
    assert {check["name"] for check in inspector.get_check_constraints(table.name)} == checks

    where = f"{kind}_where"
    partial = {index.name for index in table.indexes if index.dialect_options[kind]["where"] is not None}
    found = inspector.get_indexes(table.name)
    assert {index["name"] for index in found if where in index.get("dialect_options", {})} == partial


def test_migrating_again_does_nothing(database_url: str, owner: Engine) -> None:
    upgrade(database_url)
    with owner.connect() as db:
        assert current_revision(db) == latest_revision()


def migrating(url: str) -> subprocess.Popen[str]:
    """A process of its own that brings the database up to date."""
    command = "import sys; from core.db.migrate import upgrade; upgrade(sys.argv[1])"
    return subprocess.Popen([sys.executable, "-c", command, url], cwd=ROOT, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_migrate_at_once_wait_for_each_other(
    kind: str, postgres_server: Postgres, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    if kind == "postgresql":
        url = empty_database(postgres_server)
    at_once = [migrating(url) for _ in range(3)]
    assert [process.communicate()[1] for process in at_once] == ["", "", ""]
    with owner_of(url).connect() as db:
        assert current_revision(db) == latest_revision()


def empty_database(server: Postgres, owner_name: str = "postgres") -> str:
    name = f"empty_{uuid.uuid4().hex[:12]}"
    server.sql(f"CREATE DATABASE {name} OWNER {owner_name}")
    return server.url(name)


@pytest.mark.parametrize("allowed", ["CREATEROLE", f"IN ROLE {APP_ROLE}"])
def test_an_owner_need_not_be_superuser(postgres_server: Postgres, tmp_path: Path, allowed: str) -> None:
    name = f"owner_{uuid.uuid4().hex[:12]}"
    postgres_server.sql(f"CREATE ROLE {name} LOGIN {allowed}")
    url = empty_database(postgres_server, name).replace("//postgres@", f"//{name}@")
    upgrade(url)
    with World.open(url, tmp_path) as world:
        birch = world.connect()
        world.tell(birch, an_order())
        assert world.points(birch) == [49]


def test_what_was_delivered_before_an_update_is_there_after_it(
    postgres_server: Postgres, tmp_path: Path
) -> None:
    for url in (f"sqlite:///{tmp_path / 'old.db'}", empty_database(postgres_server)):
        with owner_of(url).begin() as db:
            config = Config()
            config.set_main_option("script_location", str(ROOT / "core/db/migrations"))
            config.attributes["connection"] = db
            command.upgrade(config, "0002")
            db.execute(text(A_STORE))
            db.execute(text(A_DELIVERY), {"body": b"body"})
        upgrade(url)
        with owner_of(url).connect() as db:
            rows = db.execute(text("SELECT id, body, state, vouched_at FROM inbox")).all()
        assert [(row.id, bytes(row.body), row.state, row.vouched_at) for row in rows] == [
            (7, b"body", "held", None)
        ]


A_STORE = (
    "INSERT INTO stores (id, name, platform, url, currency, timezone, is_offline, webhook_path, credentials, "
    "created_at) VALUES (1, 'Birch', 'woocommerce', '', 'EUR', 'UTC', true, 'path', 'x', '2026-11-20')"
)
A_DELIVERY = (
    "INSERT INTO inbox (id, store_id, topic, delivery_ref, dedupe, body, received_at, state, attempts, "
    "next_at) VALUES (7, 1, 'order.updated', 'd1', 'x', :body, '2026-11-20', 'held', 0, '2026-11-20')"
)


# -- the ledger


@pytest.mark.parametrize("change", ["UPDATE entries SET points = points + 1", "DELETE FROM entries"])
def test_the_ledger_refuses_to_be_changed_even_by_its_owner(world: World, owner: Engine, change: str) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    for refusing in (owner.begin, lambda: world.database.write(birch.store_id)):
        with pytest.raises(DBAPIError, match=r"never changed or deleted|permission denied"), refusing() as db:
            db.execute(text(change))
    assert world.points(birch) == [49]


# -- the second wall, on PostgreSQL


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


@pytest.fixture(scope="module")
def neighbours(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    """Made once: no test leaves a change behind."""
    url = empty_database(postgres_server)
    upgrade(url)
    with World.open(url, tmp_path_factory.mktemp("neighbours")) as world:
        acorn, birch = (world.connect(name, is_offline=False) for name in ("Acorn", "Birch"))
        for store in (acorn, birch):
            world.tell(store, an_order())
            world.tell(store, an_order(minute=1, refunds=[a_refund("10.00")]))
            with world.database.write(store.store_id) as db:
                stores.set_rate(db, store.store_id, "USD", "0.9", world.now)
                stores.raise_notice(db, store.store_id, "noticed", "", "Something.", world.now)
                make_key(db, store, "", "0" * 64, world.now)
                hooks.add(db, store.store_id, "1", "order.created", world.now)
                effects.ask(db, store.store_id, effects.FETCH_ORDER, ["1042"], world.now)
                soon(db, store.store_id, world.now, world.now)
                comparisons.ask(db, store.store_id, world.now)
            grant_tokens(world, store)
            world.tell(store, an_order(2, customer_id=8))
            with world.database.write(store.store_id) as db:
                ana, bea = (members.by_customer_ref(db, store.store_id, ref) for ref in ("7", "8"))
                assert ana is not None
                assert bea is not None
                merge(db, store, bea.id, ana.id, Source.OPERATOR, world.now)
            take_on_olive(world, store)
            ask_for_long_work(world, store)
            redeem_and_take_back(world, store)
            ask_and_forget_gus(world, store)
        yield Neighbours(acorn, birch, world.database, owner_of(url))


def grant_tokens(world: World, store: Store) -> None:
    """Tokens for an app of the store's own, and an installation under way."""
    grant = Grant("shpat_1", "shprt_1", frozenset({"read_orders"}), 3600, None)
    with world.database.write_all() as db:
        keys = (f"app-of-{store.name}", "shpss_0123456789abcdef")
        app = add_app(db, "shopify", keys, "", world.env.secrets, world.now)
        apps.begin_install(db, f"state of {store.name}", app.app_id, "acorn.myshopify.com", world.now)
        keep_grant(db, store, app, grant, world.env.secrets, world.now)


def take_on_olive(world: World, store: Store) -> None:
    """Somebody works in the store, begins a draft of its program, and it is noted."""
    with world.database.write_all() as db:
        email_key = store.name.encode().ljust(32)
        row = {"email_key": email_key, "person": world.env.secrets.seal({}), "made_at": world.now}
        staff_id = db.execute(tables.staff.insert().returning(tables.staff.c.id), row).scalar_one()
    of_store = {"store_id": store.store_id}
    with world.database.write(store.store_id) as db:
        note_change(db, store.store_id, operator(), "staff.added", f"staff {staff_id}", world.now)
        role = {**of_store, "staff_id": staff_id, "role": Role.OWNER, "given_at": world.now}
        db.execute(tables.staff_roles.insert().values(role))
        draft = {
            "revision": 1,
            "program": "{}",
            "based_on": 1,
            "changed_at": world.now,
            "changed_by": "Olive",
        }
        db.execute(tables.program_drafts.insert().values({**of_store, **draft}))


def ask_for_long_work(world: World, store: Store) -> None:
    """A piece of work with a file."""
    with world.database.write(store.store_id) as db:
        task_id = ask_task(db, store.store_id, "a kind", {}, operator(), world.now)
        tasks.add_part(db, store.store_id, task_id, 0, b"sealed")


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


class TakenBack(Exception):
    """Ends a transaction without a trace."""


def count(db: Connection, query: object) -> int:
    return int(db.execute(query).scalar_one())  # type: ignore[call-overload]


@pytest.mark.parametrize("table", OF_A_STORE, ids=lambda table: table.name)
def test_a_query_that_forgets_its_store_sees_and_changes_that_store_alone(
    neighbours: Neighbours, table: Table
) -> None:
    acorn, birch = neighbours.acorn, neighbours.birch
    expected = neighbours.rows_of(table, acorn)
    assert expected > 0
    with neighbours.database.read(acorn.store_id) as db:
        assert count(db, select(func.count()).select_from(table)) == expected
        assert count(db, select(func.count()).where(table.c.store_id == birch.store_id)) == 0
    if table.name in NEVER_CHANGED:
        return
    with suppress(TakenBack), neighbours.database.write(acorn.store_id) as db:
        assert db.execute(table.update().values(store_id=table.c.store_id)).rowcount == expected
        assert db.execute(table.delete()).rowcount == expected
        raise TakenBack


@pytest.mark.parametrize("table", OF_A_STORE, ids=lambda table: table.name)
def test_no_row_can_be_written_into_another_store(neighbours: Neighbours, table: Table) -> None:
    with neighbours.owner.connect() as db:
        row = dict(db.execute(select(table).limit(1)).mappings().one())
    row.pop("id", None)
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        neighbours.database.write(neighbours.acorn.store_id) as db,
    ):
        db.execute(table.insert(), row | {"store_id": neighbours.birch.store_id})


@pytest.mark.parametrize("name", OF_ALL_STORES)
def test_who_serves_one_store_sees_no_app_and_no_installation_under_way(
    neighbours: Neighbours, name: str
) -> None:
    query = select(func.count()).select_from(tables.metadata.tables[name])
    with neighbours.database.read_all() as db:
        assert count(db, query) == 2
    with neighbours.database.read(neighbours.acorn.store_id) as db:
        assert count(db, query) == 0


def test_a_store_does_not_see_that_there_are_others(neighbours: Neighbours) -> None:
    with neighbours.database.read(neighbours.acorn.store_id) as db:
        assert [store.name for store in stores.all_stores(db)] == ["Acorn"]


def test_a_transaction_that_names_no_store_sees_nothing(neighbours: Neighbours) -> None:
    with neighbours.owner.begin() as db:
        db.execute(text(f"SET LOCAL ROLE {APP_ROLE}"))
        assert count(db, select(func.count()).select_from(tables.orders)) == 0


@pytest.mark.parametrize("table", OF_THE_INSTALLATION, ids=lambda table: table.name)
def test_what_is_of_the_installation_no_transaction_of_one_store_sees_or_writes(
    neighbours: Neighbours, table: Table
) -> None:
    with neighbours.database.write_all() as db:
        make_link(db, "a link", NOW)
        sign_in(db, "a link", "a session", NOW)
        assert count(db, select(func.count()).select_from(tables.admin_sessions)) == 1
        db.execute(text(f"SET LOCAL app.store_id = '{neighbours.acorn.store_id}'"))
        assert count(db, select(func.count()).select_from(table)) == 0
        assert db.execute(table.delete()).rowcount == 0
        db.rollback()


def test_every_table_of_a_store_is_behind_the_wall_and_the_product_does_not_own_it(postgres_url: str) -> None:
    with owner_of(postgres_url).connect() as db:
        walls = db.execute(
            text(
                "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND "
                "EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS is_behind, "
                "pg_get_userbyid(c.relowner) AS owner "
                "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            )
        ).all()
        role = db.execute(
            text("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = :role"),
            {"role": APP_ROLE},
        ).one()
    assert {wall.relname for wall in walls if wall.is_behind} == {
        "stores",
        *(table.name for table in (*OF_A_STORE, *OF_THE_INSTALLATION)),
        *OF_ALL_STORES,
    }
    assert APP_ROLE not in {wall.owner for wall in walls}
    assert tuple(role) == (False, False, False)
