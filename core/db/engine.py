"""Connections that mean the same on SQLite and PostgreSQL, and always say which store they serve."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from core.domain.errors import Refused

APP_ROLE = "regulars_app"
"""PostgreSQL role the product works as: neither owner of the tables nor exempt from row security."""

_ALL_STORES = "all"
_SERVE = "SELECT set_config('role', %s, true), set_config('app.store_id', %s, true)"
_POSTGRES_OPTIONS = (
    "-c timezone=UTC -c statement_timeout=15000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=30000"
)
# Lost connections, restarts, deadlocks, serialization failures, lock time-outs (PostgreSQL, appendix A).
_PASSING_SQLSTATES = ("08", "40001", "40P01", "53", "55P03", "57")
# Those of them that are about the server, not about what one transaction met.
_SERVER_SQLSTATES = ("08", "53", "57P")
_TOOK_TOO_LONG = "57014"
_LOCKED = "55P03"


IDLE_S = 1.0
"""A connection unused for so long is asked whether it still lives before it is used."""

CONNECTIONS_MOST = 32
"""Per process; opened when needed, then kept: opening one costs as much as hundreds of statements."""

_SQLITE_POOL = {"pool_size": CONNECTIONS_MOST, "max_overflow": 0, "pool_timeout": 5}


class Database:
    """The database of one process."""

    def __init__(self, url: str) -> None:
        """Opens nothing yet. Raises Refused for an address that cannot be read."""
        address = database_address(url)
        self._engine = _sqlite(url) if address.drivername == "sqlite" else _postgresql(url)
        self._at_once = self._engine if self.is_sqlite else _postgresql_at_once(url)

    @property
    def is_sqlite(self) -> bool:
        """True on SQLite, which has neither roles nor row security."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self, store_id: int) -> Iterator[Connection]:
        """A transaction that only reads, and sees only this store's rows."""
        with self._scope(str(store_id), write=False) as connection:
            yield connection

    @contextmanager
    def read_still(self, store_id: int) -> Iterator[Connection]:
        """The same with the store standing still: all queries see it as it was at the first one."""
        with self._scope(str(store_id), write=False, still=True) as connection:
            yield connection

    @contextmanager
    def write(self, store_id: int) -> Iterator[Connection]:
        """A transaction that may write this store's rows; committed when the block ends without error.

        On SQLite it takes the write lock at once, so that it can never fail half-way for having read first.
        """
        with self._scope(str(store_id), write=True) as connection:
            yield connection

    @contextmanager
    def read_all(self) -> Iterator[Connection]:
        """A reading transaction over every store: for the sweeper, the command line and look-ups by path."""
        with self._scope(_ALL_STORES, write=False) as connection:
            yield connection

    @contextmanager
    def write_all(self) -> Iterator[Connection]:
        """A writing transaction over every store: for connecting a store and for the beat's own lease."""
        with self._scope(_ALL_STORES, write=True) as connection:
            yield connection

    @contextmanager
    def write_at_once(self) -> Iterator[Connection]:
        """For ONE statement over several stores that is a transaction by itself, in one round trip.

        The connection may have died since it was last used: then the statement raises; try it again.
        """
        if self.is_sqlite:
            with self.write_all() as connection:
                yield connection
            return
        with self._at_once.connect() as connection:
            yield connection

    def _serve(self, connection: Connection, scope: int | str) -> Connection:
        """From here on the transaction sees the rows of one store, or of all."""
        if not self.is_sqlite:
            connection.exec_driver_sql(_SERVE, (APP_ROLE, str(scope)))
        return connection

    @contextmanager
    def _scope(self, scope: str, *, write: bool, still: bool = False) -> Iterator[Connection]:
        options: dict[str, Any] = {"regulars_write": write}
        if still and not self.is_sqlite:  # there every transaction is
            options["isolation_level"] = "REPEATABLE READ"
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield self._serve(connection, scope)

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()
        self._at_once.dispose()


def database_address(url: str) -> URL:
    """Where a database is. Raises Refused."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Refused(
            "DATABASE_URL cannot be read; write one such as postgresql://user:password@host/name."
        ) from error


def is_passing(error: BaseException) -> bool:
    """True for database trouble that goes away by itself: nobody's delivery is to blame for it."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_PASSING_SQLSTATES)
    return isinstance(error, OperationalError)


def took_too_long(error: BaseException) -> bool:
    """True when the database ended a statement for its length: a smaller one may pass, the same will not."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _TOOK_TOO_LONG


def waited_for_lock(error: BaseException) -> bool:
    """True when somebody held a lock for longer than is waited for one."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _LOCKED


def meets_everybody(error: SQLAlchemyError) -> bool:
    """True for trouble any other transaction would meet just now: the database is down, full or taken."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or not state:
        return error.connection_invalidated or isinstance(error, OperationalError)
    return str(state).startswith(_SERVER_SQLSTATES)


class BinaryCursor(psycopg.Cursor[Any]):
    """Takes results in binary: as text a delivery's body is twice as long and has to be written and read."""

    def __init__(self, connection: psycopg.Connection[Any], **options: Any) -> None:
        super().__init__(connection, **options)
        self.format = psycopg.pq.Format.BINARY


def _postgresql(url: str, **changes: Any) -> Engine:
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_size": CONNECTIONS_MOST,
        "max_overflow": 0,
        "pool_timeout": 5,
        "connect_args": {
            "options": _POSTGRES_OPTIONS,
            "connect_timeout": 5,
            "cursor_factory": BinaryCursor,
        },
    }
    engine = create_engine(url, **(options | changes))
    _check_idle_connections(engine)
    return engine


def _check_idle_connections(engine: Engine) -> None:
    """Replace connections that died while they lay idle. One used a moment ago is taken as it is.

    To ask each time would cost a round trip a transaction; the few that die in use raise what `is_passing`.
    """

    @event.listens_for(engine, "checkin")
    def note_use(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["used_s"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object) -> None:
        used_s = record.info.get("used_s")
        if used_s is None or time.monotonic() - used_s < IDLE_S:
            return
        try:
            connection.execute("")
            connection.rollback()
        except psycopg.Error as error:
            raise DisconnectionError from error


def _postgresql_at_once(url: str) -> Engine:
    """Connections that serve all stores from the beginning, so that a statement needs no other beside it."""
    options = f"{_POSTGRES_OPTIONS} -c role={APP_ROLE} -c app.store_id={_ALL_STORES}"
    return _postgresql(
        url,
        isolation_level="AUTOCOMMIT",
        connect_args={"options": options, "connect_timeout": 5, "cursor_factory": BinaryCursor},
    )


def _sqlite(url: str) -> Engine:
    in_memory = url in {"sqlite://", "sqlite:///:memory:"}
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 5},
        **({"poolclass": StaticPool} if in_memory else _SQLITE_POOL),
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        # The driver's own transactions break savepoints and begin too late: we say BEGIN ourselves.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later may fail at once with SQLITE_BUSY_SNAPSHOT.
        write = connection.get_execution_options().get("regulars_write", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
