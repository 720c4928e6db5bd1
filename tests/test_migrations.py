"""The migrations make the tables the code speaks of, whatever an older version left behind."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, Table, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.db import tables
from core.db.engine import APP_ROLE
from core.db.migrate import current_revision, latest_revision, upgrade
from tests.payloads import an_order
from tests.servers import Postgres
from tests.workplace import ROOT
from tests.world import World

KEYS_LED_BY_THE_STORE = {
    *("inbox", "order_snapshots", "members", "entries", "lots", "lot_uses", "effects"),
    *("api_keys", "redemptions", "lot_returns", "exports"),
}
"""On PostgreSQL their primary key is (store_id, id): partitions want it so. SQLite numbers `id` alone."""


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
