"""What a merchant sees of her store at one glance, inside the platform's own admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row

from core.db import inbox, recent, stores
from core.domain.stores import Store


@dataclass(frozen=True, slots=True)
class LastOrder:
    """The order that moved points last."""

    order_ref: str
    points: int
    """Of that one entry: taken back ones are below 0."""
    at: datetime


@dataclass(frozen=True, slots=True)
class FrontPage:
    """One store, now."""

    store: Store
    needs: tuple[str, ...]
    """What the merchant should know, newest first, as sentences."""
    orders_today: int
    """That earned points, by the store's own clock."""
    points_today: int
    """Earned."""
    last_order: LastOrder | None
    """None: no order has moved points yet."""
    heard_at: datetime | None
    """When the store last told us anything; None: never."""
    waiting: int
    """Deliveries that are not settled yet."""


def front_page(db: Connection, store: Store, now: datetime) -> FrontPage:
    """The page's facts, read in one transaction of the store's."""
    store_id = store.store_id
    midnight = datetime.combine(now.astimezone(store.zone).date(), time(), store.zone)
    orders_today, points_today = recent.earned_since(db, store_id, midnight)
    heard = recent.deliveries(db, store_id, 1)
    return FrontPage(
        store=store,
        needs=tuple(row.sentence for row in stores.open_notices(db, store_id)),
        orders_today=orders_today,
        points_today=points_today,
        last_order=_last_order(recent.newest_of_order(db, store_id)),
        heard_at=heard[0].received_at if heard else None,
        waiting=inbox.counts(db, store_id)[inbox.State.NEW],
    )


def _last_order(row: Row[Any] | None) -> LastOrder | None:
    return None if row is None else LastOrder(row.order_ref, row.points, row.at)
