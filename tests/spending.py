"""Points leaving a member as redeeming will take them: soonest end first, never more than is available."""

from __future__ import annotations

from core.db import ledger, members
from core.domain.ledger import EntryKind
from core.domain.lots import spending_order
from core.domain.stores import Store
from tests.world import World


def spend(world: World, store: Store, points: int, customer_ref: str = "7") -> None:
    """Take `points` from the customer's lots, with the entry that says so."""
    key = f"redeem:{next(world.numbers)}"
    with world.database.write(store.store_id) as db:
        member = members.by_customer_ref(db, store.store_id, customer_ref)
        assert member is not None
        assert member.available_points >= points
        left, used, uses = points, [], []
        for lot in spending_order(ledger.lots_of(db, store.store_id, [member.id])[member.id]):
            drawn = min(left, lot.remaining_points)
            left -= drawn
            if drawn:
                used.append(
                    {
                        "id": lot.lot_id,
                        "remaining_points": lot.remaining_points - drawn,
                        "expired_points": lot.expired_points,
                        "is_released": True,
                    }
                )
                uses.append(
                    {
                        "store_id": store.store_id,
                        "lot_id": lot.lot_id,
                        "entry_key": key,
                        "purpose": EntryKind.REDEEM,
                        "points": drawn,
                    }
                )
        ledger.add_entries(
            db,
            [
                {
                    "store_id": store.store_id,
                    "member_id": member.id,
                    "kind": EntryKind.REDEEM,
                    "points": -points,
                    "key": key,
                    "order_ref": None,
                    "program_version": None,
                    "reason": "spent",
                    "at": world.now,
                }
            ],
        )
        ledger.add_uses(db, uses)
        ledger.save_lots(db, store.store_id, used)
        members.save_balances(
            db,
            store.store_id,
            [
                {
                    "id": member.id,
                    "available_points": member.available_points - points,
                    "pending_points": member.pending_points,
                    "debt_points": member.debt_points,
                    "last_activity_at": world.now,
                }
            ],
        )
