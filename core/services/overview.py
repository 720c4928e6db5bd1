"""What there is to see of all stores at one glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import Connection

from core.db import recent, stores
from core.domain.stores import Store, StoreState

LOOKED_AT_MOST = 5000
"""So many of the newest entries are looked at; a store with more of them today shows “at least”."""


@dataclass(frozen=True, slots=True)
class Today:
    """What a store's day has brought so far, by its own clock."""

    orders: int
    """That earned points."""
    points: int
    """Earned."""
    is_least: bool
    """There are more than we looked at."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One store."""

    store: Store
    today: Today
    notices: tuple[str, ...]
    """What the merchant should know, newest first."""


def look_over(db: Connection, now: datetime) -> list[Glance]:
    """Every store that is not wiped, by id."""
    return [glance_at(db, store, now) for store in stores.all_stores(db) if store.state != StoreState.WIPED]


def glance_at(db: Connection, store: Store, now: datetime) -> Glance:
    """One store."""
    notices = tuple(row.sentence for row in stores.open_notices(db, store.store_id))
    return Glance(store, _today(db, store, now), notices)


def _today(db: Connection, store: Store, now: datetime) -> Today:
    midnight = datetime.combine(now.astimezone(store.zone).date(), time(), store.zone)
    newest = recent.newest_entries(db, store.store_id, LOOKED_AT_MOST)
    of_today = [row for row in newest if row.at >= midnight]
    earned = [row for row in of_today if row.kind == "earn"]
    return Today(
        orders=len({row.order_ref for row in earned if row.order_ref}),
        points=sum(row.points for row in earned),
        is_least=len(of_today) == LOOKED_AT_MOST,
    )
