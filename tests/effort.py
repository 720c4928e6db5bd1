"""How much a database reads for what it is asked: the same on a busy machine as on a quiet one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from tests.world import World

_READ = text("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables")


def count_anew(world: World) -> None:
    """Let PostgreSQL count its rows, as it does by itself after some thousand changes."""
    if not world.database.is_sqlite:
        owner = create_engine(world.env.settings.database_url, poolclass=NullPool)
        with owner.begin() as db:
            db.execute(text("ANALYZE lots, members"))


@dataclass
class Effort:
    """What the block came to: rows read on PostgreSQL, steps of its machine on SQLite."""

    spent: int = 0


@contextmanager
def measured(db: Connection) -> Iterator[Effort]:
    """Count while the block runs."""
    effort = Effort()
    if db.dialect.name == "postgresql":
        before = int(db.execute(_READ).scalar_one())
        yield effort
        effort.spent = int(db.execute(_READ).scalar_one()) - before
        return

    def step() -> int:
        effort.spent += 1
        return 0

    with _watching(db, step):
        yield effort


@contextmanager
def _watching(db: Connection, step: Callable[[], int]) -> Iterator[None]:
    driver: Any = db.connection.driver_connection
    driver.set_progress_handler(step, 1)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
