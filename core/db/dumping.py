"""Every row of a database as lines of JSON, and back, into either of the two databases.

Tables are read from the database itself and not from the code: a backup of an older version is put back into
tables of that version, and brought up to date afterwards like any database.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, DateTime, LargeBinary, MetaData, Table, func, inspect, select, text

from core.db.migrate import owners_engine

PORTION = 1_000
_REVISION = "alembic_version"


@contextmanager
def standing_still(database_url: str) -> Iterator[Connection]:
    """A transaction that sees all stores as they were at one moment, and changes nothing."""
    with owners_engine(database_url) as engine:
        still = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        options: dict[str, Any] = {"only_looking": True, **still}
        with engine.connect().execution_options(**options) as connection, connection.begin():
            if still:
                connection.execute(text("SELECT set_config('app.store_id', 'all', true)"))
            yield connection


def is_bare(db: Connection) -> bool:
    """Whether the database has no tables at all."""
    return not inspect(db).get_table_names()


def tables_of(db: Connection) -> list[Table]:
    """The tables that hold something of ours, each behind those its rows point to."""
    found = MetaData()
    found.reflect(db)
    return [table for table in found.sorted_tables if table.name != _REVISION]


def count(db: Connection, table: Table) -> int:
    """How many rows it has."""
    return db.execute(select(func.count()).select_from(table)).scalar_one()


def lines_of(db: Connection, table: Table) -> Iterator[str]:
    """One JSON object a row, in the order of the key. Holds a portion in memory, never the table."""
    by_key = select(table).order_by(*table.primary_key.columns)
    for row in db.execute(by_key, execution_options={"yield_per": PORTION}).mappings():
        yield json.dumps({name: _told(value) for name, value in row.items()}, separators=(",", ":"))


def put_back(db: Connection, table: Table, lines: Iterable[str]) -> int:
    """Insert what `lines_of` told; how many rows. Numbers the database gives go on behind the highest."""
    rows, waiting = 0, iter(lines)
    while portion := [_row(db, table, json.loads(line)) for line in islice(waiting, PORTION)]:
        db.execute(table.insert(), portion)
        rows += len(portion)
    _go_on_numbering(db, table)
    return rows


def _told(value: object) -> object:
    match value:
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
        case datetime():
            return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
        case _:
            return value


def _row(db: Connection, table: Table, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if value is None else _value(db, table.columns[name].type, value)
        for name, value in told.items()
    }


def _value(db: Connection, kind: object, told: Any) -> object:
    if isinstance(kind, LargeBinary):
        return base64.b64decode(told)
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(told)
        return moment.replace(tzinfo=None) if db.dialect.name == "sqlite" else moment
    return told


def _go_on_numbering(db: Connection, table: Table) -> None:
    if db.dialect.name == "sqlite" or "id" not in table.columns:
        return
    sequence = db.execute(
        text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table.name}
    ).scalar_one()
    if sequence is not None:
        highest = select(func.max(table.c.id)).scalar_subquery()
        db.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))
