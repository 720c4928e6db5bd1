"""The second wall, on PostgreSQL: a store sees its own rows alone, also where the code forgets to ask."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Table, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.db import stores, tables
from core.db.engine import APP_ROLE
from core.db.migrate import upgrade
from core.services.signing_in import make_link, sign_in
from tests.neighbours import Neighbours, count, neighbouring
from tests.servers import Postgres
from tests.world import NOW

OF_ALL_STORES = ("apps", "installs")
"""No row of theirs is any single store's: who serves one sees none."""

NEVER_CHANGED = ("entries", "changes")
"""The product may add rows to these, and none is changed by it afterwards."""

OF_THE_INSTALLATION = [
    *(tables.sign_in_links, tables.admin_sessions, tables.connect_attempts, tables.connect_keys),
    *(tables.staff, tables.sign_in_failures, tables.backups),
]
OF_A_STORE = [table for table in tables.metadata.sorted_tables if "store_id" in table.c]


@pytest.fixture(scope="module")
def neighbours(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    """Made once: no test leaves a change behind."""
    name = f"neighbours_{uuid.uuid4().hex[:12]}"
    postgres_server.sql(f"CREATE DATABASE {name}")
    upgrade(postgres_server.url(name))
    with neighbouring(postgres_server.url(name), tmp_path_factory.mktemp("neighbours")) as made:
        yield made


class TakenBack(Exception):
    """Ends a transaction without a trace."""


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
    with create_engine(postgres_url, poolclass=NullPool).connect() as db:
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
