"""Points leaving a member's lots by spending, and coming back into them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select, update

from core.db.bulk import among, insert_many, update_many
from core.db.ledger import as_lot
from core.db.tables import HOLDS_POINTS, lot_returns, lot_uses, lots, members
from core.domain.ledger import EntryKind
from core.domain.lots import Lot, Use

_PORTION = 200
"""Lots read in one go: most members have fewer, few spend more at once."""


def take_available(
    db: Connection, store_id: int, member_id: int, cost_points: int, now: datetime
) -> Row[Any] | None:
    """Take points off the balance if they are there; the member as it is then, locked. None: too few."""
    return db.execute(
        update(members)
        .where(
            members.c.store_id == store_id,
            members.c.id == member_id,
            members.c.available_points >= cost_points,
            members.c.debt_points == 0,
        )
        .values(available_points=members.c.available_points - cost_points, last_activity_at=_later(now))
        .returning(*members.c)
    ).first()


def _later(now: datetime) -> Any:
    """The later of the member's last activity and now, whichever way two workers' clocks differ."""
    at = members.c.last_activity_at
    return case((at > now, at), else_=now)


def lots_to_spend(db: Connection, store_id: int, member_id: int) -> Iterator[Lot]:
    """A locked member's lots in the order of `core.domain.lots.spending_order`, read as far as asked for."""
    found = db.execute(
        select(lots)
        .where(
            lots.c.store_id == store_id,
            lots.c.member_id == member_id,
            lots.c.is_released.is_(True),
            HOLDS_POINTS,
        )
        .order_by(
            lots.c.expires_at.asc().nulls_last(), lots.c.available_at.asc().nulls_last(), lots.c.id.asc()
        )
        .execution_options(yield_per=_PORTION)
    )
    with found:
        for row in found:
            yield as_lot(row)


def draw(db: Connection, store_id: int, uses: Sequence[Use], entry_key: str, purpose: str) -> None:
    """Take points out of a locked member's lots and note where they went."""
    update_many(db, lots, store_id, "id", [_left(use, -use.points) for use in uses])
    insert_many(db, lot_uses, [_moved(store_id, use, entry_key) | {"purpose": purpose} for use in uses])


def put_back(db: Connection, store_id: int, returns: Sequence[Use], entry_key: str) -> None:
    """Put points back into a locked member's lots and note why."""
    update_many(db, lots, store_id, "id", [_left(use, use.points) for use in returns])
    insert_many(db, lot_returns, [_moved(store_id, use, entry_key) for use in returns])


def _left(use: Use, change: int) -> dict[str, Any]:
    return {"id": use.lot.lot_id, "remaining_points": use.lot.remaining_points + change}


def spent_by(
    db: Connection, store_id: int, entry_keys: Collection[str], purpose: str = EntryKind.REDEEM
) -> list[Use]:
    """What these entries of one redemption took out of lots and did not put back, in order of taking.

    `purpose`: as it was noted when they were drawn, such as `adjust` for points taken by hand.
    """
    taken = db.execute(
        select(lot_uses.c.lot_id, func.sum(lot_uses.c.points))
        .where(
            lot_uses.c.store_id == store_id,
            among(db, lot_uses.c.entry_key, entry_keys),
            lot_uses.c.purpose == purpose,
        )
        .group_by(lot_uses.c.lot_id)
        .order_by(func.min(lot_uses.c.id))
    )
    left = {lot_id: int(points) for lot_id, points in taken}
    came_back = db.execute(
        select(lot_returns.c.lot_id, func.sum(lot_returns.c.points))
        .where(lot_returns.c.store_id == store_id, among(db, lot_returns.c.entry_key, entry_keys))
        .group_by(lot_returns.c.lot_id)
    )
    for lot_id, points in came_back:
        left[lot_id] -= int(points)
    found = db.execute(select(lots).where(lots.c.store_id == store_id, among(db, lots.c.id, list(left))))
    by_id = {row.id: as_lot(row) for row in found}
    return [Use(by_id[lot_id], points) for lot_id, points in left.items() if points > 0]


def _moved(store_id: int, use: Use, entry_key: str) -> dict[str, Any]:
    return {"store_id": store_id, "lot_id": use.lot.lot_id, "entry_key": entry_key, "points": use.points}
