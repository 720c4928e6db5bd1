"""Which lots have to be looked at when points are taken back: few, however long a member's history is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection

from core.db import taking_back
from core.domain.lots import Lot, falls_short

Losses = Mapping[tuple[int, str], int]
"""Points to be taken back in one batch, by member and order."""


def lots_to_take_from(db: Connection, store_id: int, losses: Losses) -> dict[int, dict[int, Lot]]:
    """Lots by member and lot id from which `take_back` draws what it would draw from all they hold.

    These are the orders' own lots; and where an order's own do not suffice, the member's newest released
    lots worth all that the batch takes from the member. Older ones are never reached: whatever the batch
    drew before it came to them would be as much as it takes. The members are locked.
    """
    if not losses:
        return {}
    member_ids = {member_id for member_id, _ in losses}
    own = taking_back.lots_of_orders(db, store_id, {order_ref for _, order_ref in losses}, member_ids)
    taken_points: dict[int, int] = defaultdict(int)
    for (member_id, _), points in losses.items():
        taken_points[member_id] += points
    short = {
        member_id
        for (member_id, order_ref), points in losses.items()
        if falls_short(own.get(member_id, ()), order_ref, points)
    }
    others = taking_back.newest_worth(db, store_id, {one: taken_points[one] for one in sorted(short)})
    return {
        member_id: {lot.lot_id: lot for lot in (*own.get(member_id, ()), *others.get(member_id, ()))}
        for member_id in member_ids
    }
