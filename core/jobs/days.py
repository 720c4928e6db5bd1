"""Adds a store's entries up by day, for its pages. Nothing is settled by it, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from core.db import days, stores
from core.jobs.bell import DAYS
from core.jobs.env import Env
from core.services.adding_up import SETTLED_AFTER, add_up

EVERY: Final = timedelta(minutes=5)
LONGEST_RUN: Final = timedelta(seconds=5)
"""After this it rings again at the back of the queue: orders go first."""


def stores_behind(db: Connection, now: datetime) -> Collection[int]:
    """Where something is to be added up."""
    return days.stores_behind(db, now - SETTLED_AFTER)


def add_up_days(env: Env, store_id: int) -> int:
    """Add up what is there; how many entries. Killed at any point, what is left is found again."""
    ends_at, total = env.now() + LONGEST_RUN, 0
    while env.now() < ends_at:
        with env.database.write(store_id) as db:
            store = stores.store_by_id(db, store_id)
            added = add_up(db, store, env.now()) if store is not None else 0
        total += added
        if not added:
            return total
    env.bell.ring(DAYS, store_id)
    return total
