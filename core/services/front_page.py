"""What a merchant sees of her store at one glance, inside the platform's own admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import inbox, recent
from core.domain.stores import Store
from core.services.overview import Glance, glance_at


@dataclass(frozen=True, slots=True)
class LastOrder:
    """The order that moved points last."""

    number: str
    """As the merchant knows it."""
    points: int
    """Of that one entry: taken back ones are below 0."""
    at: datetime


@dataclass(frozen=True, slots=True)
class FrontPage:
    """One store, now."""

    glance: Glance
    last_order: LastOrder | None
    """None: no order has moved points yet."""
    heard_at: datetime | None
    """When the store last told us anything; None: never."""
    waiting: int
    """Deliveries that are not settled yet."""


def front_page(db: Connection, store: Store, now: datetime) -> FrontPage:
    """The page's facts, read in one transaction of the store's."""
    heard = recent.deliveries(db, store.store_id, 1)
    return FrontPage(
        glance=glance_at(db, store, now),
        last_order=_last_order(recent.newest_of_order(db, store.store_id)),
        heard_at=heard[0].received_at if heard else None,
        waiting=inbox.counts(db, store.store_id)[inbox.State.NEW],
    )


def _last_order(row: Row[Any] | None) -> LastOrder | None:
    return None if row is None else LastOrder(row.number, row.points, row.at)
