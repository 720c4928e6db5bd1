"""Asking for a store's orders to be looked through."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from core.db import catch_ups, stores
from core.domain.catching_up import OVERLAP


def soon(db: Connection, store_id: int, since: datetime, now: datetime) -> None:
    """Have everything looked at that was modified since a moment, or since the last look if that is earlier.

    A store in which no look found anything as yet is looked through from when it was connected first.

    For whoever knows that webhooks were missed: dead keys were replaced, a hook was made anew. The beat finds
    it within seconds; ring `core.jobs.bell.WALK_ON` after the commit for less.
    """
    row = catch_ups.load(db, store_id, catch_ups.CHANGES, lock=True)
    seen_until = stores.first_connected_at(db, store_id) if row is None else row.reached_at
    catch_ups.ask(db, store_id, catch_ups.CHANGES, min(since, seen_until) - OVERLAP, now)


def look_later(db: Connection, store_id: int, now: datetime) -> None:
    """Have the store looked through once nobody else calls it; a look under way speaks for this one."""
    row = catch_ups.load(db, store_id, catch_ups.CHANGES, lock=True)
    if row is None or row.since is None:
        soon(db, store_id, now, now)
