"""Rows of merges, and the lots that were made anew by them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from core.db.tables import HOLDS_POINTS, lots, member_merges, members
from core.domain.merging import Source, merge_stem


def add(
    db: Connection, store_id: int, from_member_id: int, into_member_id: int, source: Source, now: datetime
) -> int:
    """Note a merge; its id."""
    values = {
        "store_id": store_id,
        "from_member_id": from_member_id,
        "into_member_id": into_member_id,
        "source": source,
        "merged_at": now,
        "carries": 0,
        "debt_points": 0,
    }
    merge_id: int = db.execute(member_merges.insert().returning(member_merges.c.id), values).scalar_one()
    return merge_id


def by_id(db: Connection, store_id: int, merge_id: int) -> Row[Any] | None:
    """One merge of this store."""
    chosen = select(member_merges).where(member_merges.c.store_id == store_id, member_merges.c.id == merge_id)
    return db.execute(chosen).first()


def listed(db: Connection, store_id: int) -> list[Row[Any]]:
    """All merges of a store, the oldest first."""
    chosen = select(member_merges).where(member_merges.c.store_id == store_id)
    return list(db.execute(chosen.order_by(member_merges.c.id)))


def of_member(db: Connection, store_id: int, from_member_id: int) -> list[Row[Any]]:
    """Every merge that took this member elsewhere, undone ones too; the newest first."""
    chosen = select(member_merges).where(
        member_merges.c.store_id == store_id, member_merges.c.from_member_id == from_member_id
    )
    return list(db.execute(chosen.order_by(member_merges.c.id.desc())))


def standing(db: Connection, store_id: int, from_member_id: int) -> Row[Any] | None:
    """The merge by which this member is another now."""
    return next((row for row in of_member(db, store_id, from_member_id) if row.undone_at is None), None)


def next_carry(db: Connection, store_id: int, merge_id: int) -> int:
    """Count one more carrying on; its number."""
    number: int = db.execute(
        update(member_merges)
        .where(member_merges.c.store_id == store_id, member_merges.c.id == merge_id)
        .values(carries=member_merges.c.carries + 1)
        .returning(member_merges.c.carries)
    ).scalar_one()
    return number


def add_debt(db: Connection, store_id: int, merge_id: int, points: int) -> None:
    """Note points that came over as a debt."""
    db.execute(
        update(member_merges)
        .where(member_merges.c.store_id == store_id, member_merges.c.id == merge_id)
        .values(debt_points=member_merges.c.debt_points + points)
    )


def end(db: Connection, store_id: int, merge_id: int, now: datetime) -> None:
    """Note that a merge was undone."""
    db.execute(
        update(member_merges)
        .where(member_merges.c.store_id == store_id, member_merges.c.id == merge_id)
        .values(undone_at=now)
    )


def lead(db: Connection, store_id: int, member_id: int, into_member_id: int | None) -> None:
    """Have a locked member stand for another from now on; None: for itself."""
    db.execute(
        update(members)
        .where(members.c.store_id == store_id, members.c.id == member_id)
        .values(merged_into=into_member_id)
    )


def lots_made(db: Connection, store_id: int, into_member_id: int, merge_id: int) -> list[Row[Any]]:
    """What a locked survivor still has of the lots a merge made, or has lost by their end."""
    return list(
        db.execute(
            select(lots)
            .where(
                lots.c.store_id == store_id,
                lots.c.member_id == into_member_id,
                or_(HOLDS_POINTS, lots.c.expired_points > 0),
                lots.c.entry_key.startswith(f"{merge_stem(merge_id)}:"),
            )
            .order_by(lots.c.id)
        )
    )
