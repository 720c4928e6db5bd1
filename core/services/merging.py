"""Making one member of two, and two of one again within 30 days.

Orders and redemptions stay with the member they were posted to, so that all they add up to stays true; what
comes of them afterwards is carried on to the survivor (`core.services.emptying.carry_on`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import ledger, members, merges, spending
from core.db.ledger import as_lot
from core.domain.errors import Refused
from core.domain.ledger import EntryKind
from core.domain.lots import Lot, Use
from core.domain.merging import UNDONE_WITHIN, Source, merge_stem, source_lot_id
from core.domain.stores import Store
from core.services.emptying import Transfer, give_debt, give_lots, held_lots, save
from core.services.excluding import begin_exclusion


def merge(
    db: Connection, store: Store, from_member_id: int, into_member_id: int, source: Source, now: datetime
) -> Row[Any]:
    """Have all points of one member go to another, whom it stands for from now on; the merge.

    Raises Refused: not two members of this store, or merged already.
    """
    store_id = store.store_id
    into_id = members.survivors(db, store_id, [into_member_id]).get(into_member_id, into_member_id)
    if into_id == from_member_id:
        raise Refused(f"Member {into_member_id} is member {from_member_id} already.")
    locked = members.lock_balances(db, store_id, [from_member_id, into_id])
    _check(store, locked, from_member_id)
    _check(store, locked, into_id)
    merge_id = merges.add(db, store_id, from_member_id, into_id, source, now)
    why = f"member {from_member_id} was merged into member {into_id}"
    stem = merge_stem(merge_id)
    if lots := held_lots(db, store_id, from_member_id):
        give_lots(db, Transfer(store_id, from_member_id, into_id, stem, why, now), lots)
    if debt_points := locked[from_member_id].debt_points:
        debt = Transfer(store_id, from_member_id, into_id, f"{stem}:debt", why, now)
        give_debt(db, merge_id, debt, debt_points)
    merges.lead(db, store_id, from_member_id, into_id)
    if locked[from_member_id].excluded_at is not None and locked[into_id].excluded_at is None:
        # Nobody comes back in by becoming somebody else.
        begin_exclusion(db, store, into_id, now)
    return _the(db, store, merge_id)


def _check(store: Store, locked: dict[int, Row[Any]], member_id: int) -> None:
    row = locked.get(member_id)
    if row is None:
        raise Refused(f"{store.name} has no member {member_id}.")
    if row.merged_into is not None:
        raise Refused(f"Member {member_id} was merged into member {row.merged_into} already.")


def _the(db: Connection, store: Store, merge_id: int) -> Row[Any]:
    row = merges.by_id(db, store.store_id, merge_id)
    if row is None:
        raise Refused(f"{store.name} has no merge {merge_id}.")
    return row


def undo(db: Connection, store: Store, merge_id: int, now: datetime) -> Row[Any]:
    """Give back what is left of what a merge brought, points and debt; the merge.

    What was spent stays spent, what was paid stays paid. Orders told of meanwhile go to the customer the
    platform names when they are told of again. Raises Refused.
    """
    store_id, row = store.store_id, _the(db, store, merge_id)
    from_id, into_id = row.from_member_id, row.into_member_id
    locked = members.lock_balances(db, store_id, [from_id, into_id])
    # Read again: somebody may have undone it before the members were ours.
    row = _the(db, store, merge_id)
    _check_undoable(row, locked[into_id], now)
    why = f"the merge of member {from_id} into member {into_id} was undone"
    stem = f"{merge_stem(merge_id)}:undo"
    made = merges.lots_made(db, store_id, into_id, merge_id)
    _give_lots_back(db, Transfer(store_id, into_id, from_id, stem, why, now), locked, made)
    debt_points = min(row.debt_points, locked[into_id].debt_points)
    if debt_points:
        debt = Transfer(store_id, into_id, from_id, f"{stem}:debt", why, now)
        give_debt(db, merge_id, debt, debt_points)
    merges.lead(db, store_id, from_id, None)
    merges.end(db, store_id, merge_id, now)
    return _the(db, store, merge_id)


def _check_undoable(row: Row[Any], survivor: Row[Any], now: datetime) -> None:
    if row.undone_at is not None:
        raise Refused(f"Merge {row.id} was undone already.")
    if now > row.merged_at + UNDONE_WITHIN:
        raise Refused(f"Merge {row.id} is more than {UNDONE_WITHIN.days} days old and stays.")
    if survivor.merged_into is not None:
        raise Refused(
            f"Member {survivor.id} was merged into member {survivor.merged_into} since: undo that first."
        )


def _give_lots_back(
    db: Connection, transfer: Transfer, locked: dict[int, Row[Any]], made: Sequence[Row[Any]]
) -> None:
    """Put what is left of lots made anew back into those they go on from."""
    store_id, left = transfer.store_id, [as_lot(row) for row in made]
    giver, taker = locked[transfer.giver_id], locked[transfer.taker_id]
    spending.draw(
        db,
        store_id,
        [Use(lot, lot.remaining_points) for lot in left if lot.remaining_points],
        transfer.out_key,
        EntryKind.ADJUST,
    )
    back = _by_source(db, store_id, made)
    spending.put_back(
        db,
        store_id,
        [Use(lot, sum(_points(parts))) for lot, parts in back if sum(_points(parts))],
        transfer.in_key,
    )
    ledger.save_lots(db, store_id, [_as_it_became(lot, parts) for lot, parts in back])
    ledger.save_lots(db, store_id, [_given_away(lot) for lot in left])
    available = sum(lot.remaining_points for lot in left if lot.is_released)
    pending = sum(lot.remaining_points for lot in left if not lot.is_released)
    if available + pending:
        ledger.add_entries(db, transfer.pair(available + pending))
    balances = (
        (giver, members.balance_of(giver).moved(available=-available, pending=-pending)),
        (taker, members.balance_of(taker).moved(available=available, pending=pending)),
    )
    save(db, store_id, balances, {row.id: row.last_activity_at for row in locked.values()})


def _by_source(db: Connection, store_id: int, made: Sequence[Row[Any]]) -> list[tuple[Lot, list[Lot]]]:
    """Lots that others were made of, each with those."""
    parts: dict[int, list[Lot]] = defaultdict(list)
    for row in made:
        parts[source_lot_id(row.entry_key)].append(as_lot(row))
    found = ledger.lots_by_id(db, store_id, sorted(parts))
    return [(lot, parts[lot.lot_id]) for lots in found.values() for lot in lots]


def _points(parts: Sequence[Lot]) -> list[int]:
    return [lot.remaining_points for lot in parts]


def _as_it_became(lot: Lot, parts: Sequence[Lot]) -> dict[str, Any]:
    return {
        "id": lot.lot_id,
        "remaining_points": lot.remaining_points + sum(_points(parts)),
        "expired_points": lot.expired_points + sum(part.expired_points for part in parts),
        "is_released": lot.is_released or any(part.is_released for part in parts),
    }


def _given_away(lot: Lot) -> dict[str, Any]:
    return {"id": lot.lot_id, "remaining_points": 0, "expired_points": 0, "is_released": lot.is_released}
