"""Brings a database's schema up to date. Forward only, safe to run again and by several processes at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.pool import NullPool

_MIGRATIONS = Path(__file__).parent / "migrations"
WAITS_S = 30
"""For another process that migrates."""
PAUSE_S = 0.05
_LOCK = 7_357_042
"""Number of the PostgreSQL advisory lock that keeps two processes from migrating at the same time."""


def latest_revision() -> str:
    """The newest revision this code knows, read from the file names (`0001_….py`)."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def upgrade(database_url: str) -> None:
    """Create or update the schema. Does nothing, quickly, when it is current already."""
    with owners_engine(database_url) as engine:
        with engine.connect().execution_options(only_looking=True) as connection, connection.begin():
            if current_revision(connection) == latest_revision():
                return
        with engine.begin() as connection, alone(connection):
            if current_revision(connection) != latest_revision():
                upgrade_connection(connection)


def revision_of(database_url: str) -> str | None:
    """The schema's revision; None for an empty database. SQLite makes a missing file."""
    with owners_engine(database_url) as engine, engine.connect() as connection:
        return current_revision(connection)


@contextmanager
def owners_engine(database_url: str) -> Iterator[Engine]:
    """Connections as whoever owns the tables: for what is done to the database as a whole."""
    engine = create_engine(database_url, poolclass=NullPool)
    try:
        if database_url.startswith("sqlite"):
            _begin_ourselves(engine)
        yield engine
    finally:
        engine.dispose()


def is_current(database_url: str) -> bool:
    """Whether the schema is the one this code wants. Changes nothing, but SQLite makes a missing file."""
    return revision_of(database_url) == latest_revision()


def upgrade_connection(connection: Connection, revision: str = "head") -> None:
    """Run the missing migrations, up to this one, inside the caller's transaction."""
    # Alembic takes a third of a second to import: only pay when there is something to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def current_revision(connection: Connection) -> str | None:
    """The schema's revision; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Nobody else does the same to this database meanwhile, and every store's rows are in sight."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        # An owner who is no superuser is held by row security too, once it is forced.
        connection.execute(text("SELECT set_config('app.store_id', 'all', true)"))
    yield


def _begin_ourselves(engine: Engine) -> None:
    """SQLite runs DDL in a transaction only when the driver is kept from beginning its own."""

    @event.listens_for(engine, "connect")
    def connect(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA busy_timeout={WAITS_S * 1000}")  # type: ignore[attr-defined]
        _switch_to_wal(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A look must not wait for whoever is writing.
        only_looking = connection.get_execution_options().get("only_looking", False)
        connection.exec_driver_sql("BEGIN" if only_looking else "BEGIN IMMEDIATE")


def _switch_to_wal(connection: Any) -> None:
    """SQLite does not wait for others with this one statement, whatever its time-out is."""
    ends_s = time.monotonic() + WAITS_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > ends_s:
                raise
            time.sleep(PAUSE_S)
        else:
            return
