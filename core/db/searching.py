"""Finding members by what people know of them: an address, an order's number, a number of ours or theirs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from core.db.bulk import among
from core.db.tables import members, orders, persons


def orders_numbered(db: Connection, store_id: int, number: str, limit: int) -> list[Row[Any]]:
    """{order_ref, number, member_id} of orders with this number, written with a # before it or without."""
    bare = number.removeprefix("#")
    found: Iterable[Row[Any]] = db.execute(
        select(orders.c.order_ref, orders.c.number, orders.c.member_id)
        .where(
            orders.c.store_id == store_id,
            or_(among(db, orders.c.number, [bare, f"#{bare}"]), orders.c.order_ref == bare),
        )
        .order_by(orders.c.ordered_at.desc(), orders.c.order_ref)
        .limit(limit)
    )
    return list(found)


def addressed(db: Connection, store_id: int, email_key: bytes, limit: int) -> list[int]:
    """Members this address leads to, merged or not."""
    found = db.execute(
        select(persons.c.member_id)
        .where(persons.c.store_id == store_id, persons.c.email_key == email_key)
        .order_by(persons.c.member_id)
        .limit(limit)
    )
    return list(found.scalars())


def numbered(db: Connection, store_id: int, number: int) -> list[Row[Any]]:
    """{id, customer_ref} of the member with this number of ours, and of the one with it at the platform."""
    found: Iterable[Row[Any]] = db.execute(
        select(members.c.id, members.c.customer_ref)
        .where(
            members.c.store_id == store_id,
            or_(members.c.id == number, members.c.customer_ref == str(number)),
        )
        .order_by(members.c.id)
    )
    return list(found)
