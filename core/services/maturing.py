"""Points whose time has come: pending lots are released, ended lots expire.

Idempotent: run again, in any portions, at any later time, it ends the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import ledger, members
from core.domain.ledger import Balance, EntryKind, expiry_key
from core.domain.lots import Lot, end_of
from core.domain.sentences import expired_sentence
from core.domain.stores import Store
from core.services.posting import balance_values, lot_values
from core.services.terms import load_terms

PORTION = 500
"""Members, or lots that end, per transaction, so that nobody waits long for a lock."""


def release_due(db: Connection, store: Store, now: datetime) -> int:
    """Make pending lots available whose day has come; what pays a debt is gone at once. Members served."""
    member_ids = ledger.members_with_pending_due(db, store.store_id, now, PORTION)
    if not member_ids:
        return 0
    locked = members.lock_balances(db, store.store_id, member_ids)
    due = ledger.pending_due(db, store.store_id, now, locked)
    changed_lots, balances, uses = [], {}, []
    for member_id, rows in due.items():
        balance = members.balance_of(locked[member_id])
        for row in rows:
            paid_points = min(balance.debt_points, row.remaining_points)
            balance = _released(balance, row.remaining_points, paid_points)
            changed_lots.append(
                {
                    "id": row.id,
                    "remaining_points": row.remaining_points - paid_points,
                    "expired_points": row.expired_points,
                    "is_released": True,
                }
            )
            if paid_points:
                uses.append(_use(store.store_id, row.id, row.entry_key, "debt", paid_points))
        balances[member_id] = balance
    ledger.save_lots(db, store.store_id, changed_lots)
    ledger.add_uses(db, uses)
    _save(db, store.store_id, locked, balances)
    return len(member_ids)


def _released(balance: Balance, points: int, paid_points: int) -> Balance:
    return balance.moved(available=points - paid_points, pending=-points, debt=-paid_points)


def expire_due(db: Connection, store: Store, now: datetime) -> int:
    """End lots whose day is over: one `expire` entry each. How many ended.

    A lot ends once. One that was written down as ended already is left, and never keeps others from ending.
    """
    found = ledger.ended_lots(db, store, load_terms(db, store).rolling_days, now, PORTION)
    if not found:
        return 0
    locked = members.lock_balances(db, store.store_id, set(found.values()))
    held = ledger.lots_by_id(db, store.store_id, found)
    written = ledger.keys_taken(db, store.store_id, [expiry_key(lot_id) for lot_id in found])
    entries, changed_lots, uses, balances = [], [], [], {}
    for member_id, row in locked.items():
        ended = [
            lot
            for lot in held.get(member_id, [])
            if expiry_key(lot.lot_id) not in written and _has_ended(lot, row, store, now)
        ]
        points = sum(lot.remaining_points for lot in ended)
        balances[member_id] = members.balance_of(row).moved(available=-points)
        for lot in ended:
            entries.append(_expiry(store, member_id, lot, now))
            uses.append(
                _use(store.store_id, lot.lot_id, expiry_key(lot.lot_id), "expire", lot.remaining_points)
            )
            changed_lots.append(_ended(lot))
    if not entries:
        return 0
    ledger.add_entries(db, entries)
    ledger.add_uses(db, uses)
    ledger.save_lots(db, store.store_id, changed_lots)
    _save(db, store.store_id, locked, balances)
    return len(entries)


def _has_ended(lot: Lot, member: Row[Any], store: Store, now: datetime) -> bool:
    if not lot.is_released or not lot.remaining_points:
        return False
    ends_at = end_of(lot.terms, member.last_activity_at or member.joined_at, store.zone)
    return ends_at is not None and ends_at <= now


def _ended(lot: Lot) -> dict[str, Any]:
    values = lot_values(lot)
    return {**values, "remaining_points": 0, "expired_points": lot.expired_points + lot.remaining_points}


def _expiry(store: Store, member_id: int, lot: Lot, now: datetime) -> dict[str, Any]:
    return {
        "store_id": store.store_id,
        "member_id": member_id,
        "kind": EntryKind.EXPIRE,
        "points": -lot.remaining_points,
        "key": expiry_key(lot.lot_id),
        "order_ref": lot.order_ref,
        "program_version": None,
        "reason": expired_sentence(lot.remaining_points, lot.earned_points),
        "at": now,
    }


def _use(store_id: int, lot_id: int, entry_key: str, purpose: str, points: int) -> dict[str, Any]:
    return {
        "store_id": store_id,
        "lot_id": lot_id,
        "entry_key": entry_key,
        "purpose": purpose,
        "points": points,
    }


def _save(
    db: Connection, store_id: int, locked: Mapping[int, Row[Any]], balances: Mapping[int, Balance]
) -> None:
    members.save_balances(
        db,
        store_id,
        [
            balance_values(member_id, balance, locked[member_id].last_activity_at)
            for member_id, balance in balances.items()
        ],
    )
