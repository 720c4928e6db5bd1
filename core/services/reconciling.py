"""Asking for a store's orders to be looked through."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from core.db import catch_ups, stores
from core.domain.catching_up import OVERLAP


def soon(db: Connection, store_id: int, since: datetime, now: datetime) -> None:
    """Have everything looked at that was modified since a moment, or since the last look if that is earlier.

    Where nobody has looked yet: since the store was connected. For whoever knows that webhooks were missed:
    dead keys were replaced, a hook was made anew. The beat finds it within seconds; ring
    `core.jobs.bell.WALK_ON` after the commit for less.
    """
    row = catch_ups.load(db, store_id, catch_ups.CHANGES, lock=True)
    looked_at = stores.first_connected_at(db, store_id) if row is None else row.reached_at
    catch_ups.ask(db, store_id, catch_ups.CHANGES, min(since, looked_at) - OVERLAP, now)
