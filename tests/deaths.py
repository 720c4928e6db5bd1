"""Processes that are killed at a chosen point: nothing they do afterwards, not even tidying up, counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection

from core.db.engine import Database
from core.jobs.env import Env


class Died(BaseException):
    """The process is gone; no handler may swallow it."""


class MortalDatabase(Database):
    """The connections of a process that may die: the dead write nothing."""

    def __init__(self, living: Database) -> None:
        self._engine = living._engine
        self.is_dead = False

    @contextmanager
    def write(self, store_id: int) -> Iterator[Connection]:
        if self.is_dead:
            raise Died
        with super().write(store_id) as connection:
            yield connection

    def die(self) -> None:
        """SIGKILL."""
        self.is_dead = True
        raise Died


def killed_at(env: Env, point: str, nth: int = 1) -> Env:
    """The surroundings of a process that is killed when it reaches `point` for the n-th time."""
    database = MortalDatabase(env.database)
    left = [nth]

    def reach(name: str) -> None:
        left[0] -= name == point
        if not left[0]:
            database.die()

    return replace(env, database=database, reach=reach)
