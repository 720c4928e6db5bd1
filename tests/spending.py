"""Points leaving a member as redeeming will take them: soonest end first, never more than is available."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from core.db import ledger, members
from core.domain.ledger import EntryKind
from core.domain.lots import Lot, Use, spending_order
from core.domain.stores import Store
from core.services.posting import balance_values, lot_values
from tests.world import World


def spend(world: World, store: Store, points: int, customer_ref: str = "7") -> None:
    """Take `points` from the customer's lots, with the entry that says so."""
    key = f"redeem:{next(world.numbers)}"
    with world.database.write(store.store_id) as db:
        member = members.by_customer_ref(db, store.store_id, customer_ref)
        assert member is not None
        uses = drawn(ledger.lots_of(db, store.store_id, [member.id])[member.id], points)
        balance = members.balance_of(member).moved(available=-points)
        ledger.add_entries(db, [entry(world, store, member, points, key)])
        ledger.add_uses(db, [use_row(store, use, key) for use in uses])
        ledger.save_lots(
            db,
            store.store_id,
            [
                lot_values(replace(use.lot, remaining_points=use.lot.remaining_points - use.points))
                for use in uses
            ],
        )
        members.save_balances(db, store.store_id, [balance_values(member.id, balance, world.now)])


def drawn(lots: Iterable[Lot], points: int) -> list[Use]:
    """Where the points come from; they must be there."""
    uses = []
    for lot in spending_order(lots):
        taken = min(points, lot.remaining_points)
        if taken:
            uses.append(Use(lot, taken))
            points -= taken
    assert points == 0
    return uses


def entry(world: World, store: Store, member: Row[Any], points: int, key: str) -> dict[str, Any]:
    return {
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


def use_row(store: Store, use: Use, key: str) -> dict[str, Any]:
    return {
        "store_id": store.store_id,
        "lot_id": use.lot.lot_id,
        "entry_key": key,
        "purpose": EntryKind.REDEEM,
        "points": use.points,
    }
