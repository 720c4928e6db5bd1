"""Queries for balances that come as a file, and for those that leave as one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.db.bulk import among
from core.db.members import survivors
from core.db.tables import lot_uses, lots, members, persons


def by_email_keys(db: Connection, store_id: int, keys: Collection[bytes]) -> dict[bytes, int]:
    """Whom each of these addresses leads to: the account before the guest, of merged members the survivor."""
    if not keys:
        return {}
    rows = db.execute(
        select(persons.c.email_key, members.c.id, members.c.merged_into)
        .join(members, (members.c.store_id == persons.c.store_id) & (members.c.id == persons.c.member_id))
        .where(
            persons.c.store_id == store_id,
            among(db, persons.c.email_key, keys),
            members.c.erased_at.is_(None),
        )
        .order_by(members.c.customer_ref.is_(None), members.c.id)
    ).all()
    ends = survivors(db, store_id, [row.id for row in rows if row.merged_into is not None])
    found: dict[bytes, int] = {}
    for row in rows:
        found.setdefault(row.email_key, ends.get(row.id, row.id))
    return found


def spendable(db: Connection, store_id: int, member_ids: Collection[int]) -> dict[int, int]:
    """What these members can spend; what they owe is below zero."""
    if not member_ids:
        return {}
    rows = db.execute(
        select(members.c.id, members.c.available_points - members.c.debt_points).where(
            members.c.store_id == store_id, among(db, members.c.id, member_ids)
        )
    )
    return {member_id: int(points) for member_id, points in rows}


def total_spendable(db: Connection, store_id: int) -> int:
    """What all members together can spend, less what is owed."""
    total = func.coalesce(func.sum(members.c.available_points - members.c.debt_points), 0)
    return int(db.execute(select(total).where(members.c.store_id == store_id)).scalar_one())


def taken_by(db: Connection, store_id: int, entry_key: str) -> list[tuple[int, int]]:
    """(lot, points) this adjustment took out of lots, in the order it did."""
    rows = db.execute(
        select(lot_uses.c.lot_id, lot_uses.c.points)
        .where(
            lot_uses.c.store_id == store_id,
            lot_uses.c.entry_key == entry_key,
            lot_uses.c.purpose == "adjust",
        )
        .order_by(lot_uses.c.id)
    )
    return [(row.lot_id, row.points) for row in rows]


def balances_after(db: Connection, store_id: int, after: int, limit: int) -> list[Row[Any]]:
    """Members that stand for themselves, with their sealed address, by id, beginning behind `after`."""
    joined = members.outerjoin(
        persons, (persons.c.store_id == members.c.store_id) & (persons.c.member_id == members.c.id)
    )
    wanted = (
        members.c.id,
        members.c.customer_ref,
        members.c.available_points,
        members.c.pending_points,
        members.c.debt_points,
        members.c.last_activity_at,
        members.c.joined_at,
        persons.c.email,
    )
    return list(
        db.execute(
            select(*wanted)
            .select_from(joined)
            .where(members.c.store_id == store_id, members.c.id > after, members.c.merged_into.is_(None))
            .order_by(members.c.id)
            .limit(limit)
        )
    )


def lots_that_end(db: Connection, store_id: int, member_ids: Collection[int]) -> list[Row[Any]]:
    """What these members hold in released lots that have an end of whichever kind."""
    return list(
        db.execute(
            select(lots).where(
                lots.c.store_id == store_id,
                among(db, lots.c.member_id, member_ids),
                lots.c.remaining_points > 0,
                lots.c.is_released.is_(True),
                (lots.c.expires_at.is_not(None)) | (lots.c.rolling_days.is_not(None)),
            )
        )
    )
