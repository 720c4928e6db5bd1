"""Rows of exclusions: the times in which what a member orders earns nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from core.db.bulk import among
from core.db.tables import member_exclusions, members, orders
from core.domain.excluding import Excluded


def of_store(db: Connection, store_id: int) -> dict[int, tuple[Excluded, ...]]:
    """All there are, by member; each member's by when they began."""
    rows = db.execute(
        select(member_exclusions)
        .where(member_exclusions.c.store_id == store_id)
        .order_by(member_exclusions.c.member_id, member_exclusions.c.began_at)
    )
    found: dict[int, tuple[Excluded, ...]] = {}
    for row in rows:
        found[row.member_id] = (*found.get(row.member_id, ()), Excluded(row.began_at, row.ended_at))
    return found


def latest_order_at(db: Connection, store_id: int, member_id: int, until: datetime) -> datetime | None:
    """When the last order was placed that is settled as this member's; those placed after `until` aside."""
    latest: datetime | None = db.execute(
        select(func.max(orders.c.ordered_at)).where(
            orders.c.store_id == store_id, orders.c.member_id == member_id, orders.c.ordered_at <= until
        )
    ).scalar()
    return latest


def last_end(db: Connection, store_id: int, member_id: int) -> datetime | None:
    """When the member's last exclusion ended; None: none did."""
    latest: datetime | None = db.execute(
        select(func.max(member_exclusions.c.ended_at)).where(
            member_exclusions.c.store_id == store_id, member_exclusions.c.member_id == member_id
        )
    ).scalar()
    return latest


def orders_from(db: Connection, store_id: int, member_id: int, at: datetime) -> list[str]:
    """The member's orders that are dated at or behind a moment."""
    found = db.execute(
        select(orders.c.order_ref)
        .where(orders.c.store_id == store_id, orders.c.member_id == member_id, orders.c.ordered_at >= at)
        .order_by(orders.c.order_ref)
    )
    return list(found.scalars())


def begin(db: Connection, store_id: int, member_id: int, at: datetime) -> None:
    """From then on. The member is locked, and not excluded yet."""
    row = {"store_id": store_id, "member_id": member_id, "began_at": at, "ended_at": None}
    db.execute(member_exclusions.insert(), row)
    _mark(db, store_id, member_id, at)


def end(db: Connection, store_id: int, member_id: int, at: datetime) -> None:
    """No longer from then on."""
    db.execute(
        update(member_exclusions)
        .where(
            member_exclusions.c.store_id == store_id,
            member_exclusions.c.member_id == member_id,
            member_exclusions.c.ended_at.is_(None),
        )
        .values(ended_at=at)
    )
    _mark(db, store_id, member_id, None)


def notes(db: Connection, store_id: int, member_id: int) -> bytes | None:
    """What was written about the exclusion that stands, sealed."""
    found: bytes | None = db.execute(
        select(member_exclusions.c.notes).where(*_stands(store_id, member_id))
    ).scalar()
    return found


def set_notes(db: Connection, store_id: int, member_id: int, sealed: bytes) -> None:
    """Write about the exclusion that stands."""
    db.execute(update(member_exclusions).where(*_stands(store_id, member_id)).values(notes=sealed))


def forget_notes(db: Connection, store_id: int, member_ids: Collection[int]) -> None:
    """Blank what was written about these members: it may name them."""
    its = member_exclusions.c
    chosen = (its.store_id == store_id, among(db, its.member_id, member_ids))
    db.execute(update(member_exclusions).where(*chosen).values(notes=None))


def _stands(store_id: int, member_id: int) -> tuple[ColumnElement[bool], ...]:
    its = member_exclusions.c
    return its.store_id == store_id, its.member_id == member_id, its.ended_at.is_(None)


def _mark(db: Connection, store_id: int, member_id: int, at: datetime | None) -> None:
    db.execute(
        update(members)
        .where(members.c.store_id == store_id, members.c.id == member_id)
        .values(excluded_at=at)
    )
