"""Compares the last days of a store's orders with what is settled here, and keeps the result for its page."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection

from core.db import comparisons, stores
from core.domain.completeness import written
from core.domain.errors import PlatformTrouble, Refused
from core.domain.stores import Store, StoreState
from core.jobs.completeness import measure
from core.jobs.env import Env

DAYS: Final = 14
AGAIN_AFTER: Final = timedelta(hours=24)
AFTER_TROUBLE: Final = timedelta(hours=1)
FIRST_AFTER: Final = timedelta(hours=1)
"""A store is compared for the first time so long after it was connected."""
LONGEST: Final = timedelta(minutes=4)
"""Shorter than a job may take."""
CLAIMED_FOR: Final = timedelta(minutes=6)

log = structlog.get_logger()


def compare(env: Env, store_id: int) -> int:
    """Compare, if it is due; how many orders are missing. Changes nothing but what is kept of it."""
    until = env.now() + CLAIMED_FOR
    with env.database.write(store_id) as db:
        store = stores.store_by_id(db, store_id)
        if store is None or store.is_offline or store.state is not StoreState.CONNECTED:
            return 0
        if not comparisons.claim(db, store_id, env.now(), until):
            return 0
    ends_at = env.now() + LONGEST

    def go_on(_orders: int) -> None:
        if env.now() > ends_at:
            raise Refused(
                f"{store.name} lists its orders too slowly for this page; "
                f"compare them with: bin/regulars audit --store {store_id} --since {DAYS}d"
            )

    try:
        found = measure(env, store, first_day(store, env.now()), go_on)
    except (PlatformTrouble, Refused) as trouble:
        log.warning("store.not_compared", store_id=store_id, problem=str(trouble)[:200])
        with env.database.write(store_id) as db:
            again_at = env.now() + AFTER_TROUBLE
            comparisons.finish(db, store_id, until, again_at, problem=str(trouble)[:500])
        return 0
    with env.database.write(store_id) as db:
        now = env.now()
        comparisons.finish(
            db, store_id, until, now + AGAIN_AFTER, compared_at=now, result=written(found), problem=None
        )
    log.info("store.compared", store_id=store_id, missing=len(found.missing))
    return len(found.missing)


def first_day(store: Store, now: datetime) -> datetime:
    """When the first of the days that are compared begins, in the store's zone."""
    today = now.astimezone(store.zone).date()
    return datetime.combine(today - timedelta(days=DAYS - 1), time(), store.zone)


def stores_to_compare(db: Connection, now: datetime) -> list[int]:
    """Where a day has gone by, or somebody asked."""
    return comparisons.stores_due(db, now, now - FIRST_AFTER)
