"""The newest rows of a store: for pages that show what happens. Each costs as many rows as are asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from core.db.tables import entries, inbox, members

PORTION: Final = 1000


def deliveries(db: Connection, store_id: int, limit: int) -> list[Row[Any]]:
    """Deliveries without their bodies, newest first."""
    wanted = (
        inbox.c.id,
        inbox.c.topic,
        inbox.c.delivery_ref,
        inbox.c.order_ref,
        inbox.c.received_at,
        inbox.c.settled_at,
        inbox.c.state,
    )
    chosen = select(*wanted).where(inbox.c.store_id == store_id)
    return list(db.execute(chosen.order_by(inbox.c.id.desc()).limit(limit)))


def bookings(db: Connection, store_id: int, limit: int) -> list[Row[Any]]:
    """Entries with their member's account and what she can spend now, newest first."""
    of_member = (members.c.store_id == entries.c.store_id) & (members.c.id == entries.c.member_id)
    chosen = (
        select(entries, members.c.customer_ref, members.c.available_points)
        .join(members, of_member)
        .where(entries.c.store_id == store_id)
    )
    return list(db.execute(chosen.order_by(entries.c.id.desc()).limit(limit)))


def newest_of_order(db: Connection, store_id: int) -> Row[Any] | None:
    """The newest entry that an order made; None: there is none."""
    chosen = select(entries).where(entries.c.store_id == store_id, entries.c.order_ref.is_not(None))
    return db.execute(chosen.order_by(entries.c.id.desc()).limit(1)).first()


def earned_since(db: Connection, store_id: int, since: datetime) -> tuple[int, int]:
    """(orders, points) that earned since then. Reads back from the newest entry and stops there."""
    orders: set[str] = set()
    points = 0
    last_id: int | None = None
    while True:
        portion = _entries_before(db, store_id, last_id)
        for row in portion:
            if row.at < since:
                return len(orders), points
            if row.kind == "earn":
                orders.add(row.order_ref)
                points += row.points
        if len(portion) < PORTION:
            return len(orders), points
        last_id = portion[-1].id


def _entries_before(db: Connection, store_id: int, last_id: int | None) -> list[Row[Any]]:
    chosen = select(entries.c.id, entries.c.at, entries.c.kind, entries.c.points, entries.c.order_ref).where(
        entries.c.store_id == store_id
    )
    if last_id is not None:
        chosen = chosen.where(entries.c.id < last_id)
    return list(db.execute(chosen.order_by(entries.c.id.desc()).limit(PORTION)))
