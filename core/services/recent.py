"""What happened in a store lately: deliveries with what they moved, and entries with their sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.db import recent


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery and what became of it."""

    topic: str
    delivery_ref: str
    order_ref: str | None
    """None until it was settled, and for what tells of no order."""
    received_at: datetime
    settled_at: datetime | None
    state: str
    """As `core.db.inbox.State` says."""
    points: int
    """Moved by it alone; of several deliveries of one order settled together the newest has them."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry, with the points its member can spend now."""

    entry_id: int
    order_ref: str | None
    customer_ref: str | None
    """None: a guest."""
    kind: str
    points: int
    reason: str
    at: datetime
    available_points: int


@dataclass(frozen=True, slots=True)
class Activity:
    """One store's newest deliveries and entries, newest first."""

    deliveries: tuple[Delivered, ...]
    bookings: tuple[Booked, ...]


def recent_activity(db: Connection, store_id: int, limit: int) -> Activity:
    """At most `limit` deliveries and as many entries. Changes nothing; names nobody."""
    booked = recent.bookings(db, store_id, limit)
    unclaimed: dict[tuple[str | None, datetime], int] = {}
    for row in booked:
        moment = (row.order_ref, row.at)
        unclaimed[moment] = unclaimed.get(moment, 0) + row.points
    return Activity(
        deliveries=tuple(
            Delivered(
                topic=row.topic,
                delivery_ref=row.delivery_ref,
                order_ref=row.order_ref,
                received_at=row.received_at,
                settled_at=row.settled_at,
                state=row.state,
                points=unclaimed.pop((row.order_ref, row.settled_at), 0),
            )
            for row in recent.deliveries(db, store_id, limit)
        ),
        bookings=tuple(
            Booked(
                entry_id=row.id,
                order_ref=row.order_ref,
                customer_ref=row.customer_ref,
                kind=row.kind,
                points=row.points,
                reason=row.reason,
                at=row.at,
                available_points=row.available_points,
            )
            for row in booked
        ),
    )
