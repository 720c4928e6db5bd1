"""The databases the systems under test run on: each run gets a fresh one, as durable as in production."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from tests import servers


class Bed(Protocol):
    """One kind of database."""

    kind: str

    @property
    def roots(self) -> tuple[int, ...]:
        """The server's process, if there is one."""
        ...

    def create(self, template: str | None = None) -> str:
        """A new database, empty or like an earlier one nobody is connected to; its address."""
        ...

    def drop(self, url: str) -> None:
        """Let it go with everything in it."""
        ...

    def version(self) -> str: ...


@dataclass(slots=True)
class PostgresBed:
    """A PostgreSQL server of our own, set up as it comes: fsync and synchronous_commit on."""

    server: servers.Postgres
    kind: str = "postgresql"
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def roots(self) -> tuple[int, ...]:
        return (self.server.process.pid,)

    def create(self, template: str | None = None) -> str:
        name = f"bench_{next(self._numbers)}"
        like = f" TEMPLATE {_name(template)}" if template else ""
        self.server.sql(f"CREATE DATABASE {name}{like}")
        self.server.sql("CHECKPOINT")
        return self.server.url(name)

    def drop(self, url: str) -> None:
        self.server.sql(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def version(self) -> str:
        with looking(self.server.url("postgres")) as engine, engine.connect() as db:
            return str(db.exec_driver_sql("SHOW server_version").scalar_one())


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@dataclass(slots=True)
class SqliteBed:
    """A folder of SQLite files."""

    folder: Path
    kind: str = "sqlite"
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def roots(self) -> tuple[int, ...]:
        return ()

    def create(self, template: str | None = None) -> str:
        path = self.folder / f"bench-{next(self._numbers)}.db"
        if template:
            shutil.copyfile(template.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        for end in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + end).unlink(missing_ok=True)

    def version(self) -> str:
        return sqlite3.sqlite_version


@contextmanager
def bed(kind: str, folder: Path) -> Iterator[Bed]:
    """A place for databases of one kind, gone at the end."""
    if kind == "sqlite":
        yield SqliteBed(folder)
        return
    with servers.postgres(durable=True) as server:
        yield PostgresBed(server)


@contextmanager
def looking(url: str) -> Iterator[Engine]:
    """A look into a database from outside the product: every row, each statement by itself."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        yield engine
    finally:
        engine.dispose()
