"""The newest rows of a store: for pages that show what happens. Each costs as many rows as are asked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from core.db.tables import entries, inbox, members, orders


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
    """The newest entry that an order made, with the order's number; None: there is none."""
    of_order = (orders.c.store_id == entries.c.store_id) & (orders.c.order_ref == entries.c.order_ref)
    chosen = (
        select(entries.c.order_ref, entries.c.points, entries.c.at, orders.c.number)
        .join(orders, of_order)
        .where(entries.c.store_id == store_id, entries.c.order_ref.is_not(None))
    )
    rows: list[Row[Any]] = list(db.execute(chosen.order_by(entries.c.id.desc()).limit(1)))
    return rows[0] if rows else None


def newest_entries(db: Connection, store_id: int, limit: int) -> list[Row[Any]]:
    """Kind, order, points and moment of the newest entries, newest first."""
    wanted = select(entries.c.kind, entries.c.order_ref, entries.c.points, entries.c.at)
    chosen = wanted.where(entries.c.store_id == store_id).order_by(entries.c.id.desc()).limit(limit)
    return list(db.execute(chosen))
