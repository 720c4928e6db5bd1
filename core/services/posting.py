"""Writing to the ledger: entries, lots and balances move together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import ledger, members
from core.domain.ledger import Balance, EntryKind, order_key, written_off_key
from core.domain.lots import Lot, LotTerms, TakenBack, take_back
from core.domain.sentences import written_off_sentence
from core.domain.settlement import Posting
from core.services.taking_back import lots_to_take_from


@dataclass(frozen=True, slots=True)
class OrderMove:
    """One entry an order asks for."""

    order_ref: str
    posting: Posting
    reason: str
    program_version: int | None
    terms: LotTerms
    """When earned points can be spent and when they end."""
    activity_at: datetime | None
    """The member's activity this counts as; None: it is none."""


@dataclass(frozen=True, slots=True)
class Redating:
    """New dates for what is still pending of an order."""

    order_ref: str
    terms: LotTerms


@dataclass(slots=True)
class _Account:
    """A locked member while a batch is worked out."""

    balance: Balance
    activity_at: datetime | None
    lots: dict[int, Lot]


@dataclass(slots=True)
class _Rows:
    """What will be written, collected so that each table is written once."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    lots: list[dict[str, Any]] = field(default_factory=list)
    uses: list[dict[str, Any]] = field(default_factory=list)
    debts_paid: dict[str, int] = field(default_factory=dict)
    """Points of new lots that went straight into debt, by the entry that made the lot."""
    touched_lots: set[tuple[int, int]] = field(default_factory=set)
    """(member, lot) pairs."""


def post(
    db: Connection,
    store_id: int,
    moves: Sequence[OrderMove],
    now: datetime,
    *,
    locked_too: Set[int] = frozenset(),
) -> None:
    """Write these entries with all that follows from them. Locks the members in ascending order.

    `locked_too`: members the caller will need after this; locked later, they would be out of order. Raises
    IntegrityError when an entry's key exists: the work was done by somebody else.
    """
    if not moves:
        return
    movers = {move.posting.member_id for move in moves}
    locked = members.lock_balances(db, store_id, movers | locked_too)
    accounts = _open_accounts(db, store_id, moves, [locked[member_id] for member_id in sorted(movers)])
    rows = _Rows()
    # Points are taken back before new ones come in, so that a batch never draws on lots it has yet to write.
    for move in sorted(moves, key=lambda move: move.posting.points > 0):
        account = accounts[move.posting.member_id]
        if move.posting.points > 0:
            _earn(store_id, account, move, rows, now)
        else:
            _revoke(store_id, account, move, rows, now)
    _write(db, store_id, accounts, rows)


def redate(db: Connection, store_id: int, dates: Sequence[Redating]) -> None:
    """Give pending lots of orders new dates. Released lots keep theirs."""
    pending = ledger.pending_orders(db, store_id, [one.order_ref for one in dates]) if dates else set()
    for one in dates:
        if one.order_ref in pending:
            ledger.redate_pending(db, store_id, one.order_ref, one.terms)


def _open_accounts(
    db: Connection, store_id: int, moves: Sequence[OrderMove], movers: Sequence[Row[Any]]
) -> dict[int, _Account]:
    losses = {
        (move.posting.member_id, move.order_ref): -move.posting.points
        for move in moves
        if move.posting.points < 0
    }
    held = lots_to_take_from(db, store_id, losses)
    return {
        row.id: _Account(members.balance_of(row), row.last_activity_at, held.get(row.id, {}))
        for row in movers
    }


def _earn(store_id: int, account: _Account, move: OrderMove, rows: _Rows, now: datetime) -> None:
    points = move.posting.points
    available_at = move.terms.available_at
    is_released = available_at is not None and available_at <= now
    paid_points = min(account.balance.debt_points, points) if is_released else 0
    if is_released:
        account.balance = account.balance.moved(available=points - paid_points, debt=-paid_points)
    else:
        account.balance = account.balance.moved(pending=points)
    if move.activity_at and (account.activity_at is None or move.activity_at > account.activity_at):
        account.activity_at = move.activity_at
    key = order_key(move.order_ref, move.posting.number)
    rows.entries.append(_entry(store_id, move, EntryKind.EARN, key, now))
    rows.lots.append(
        {
            "store_id": store_id,
            "member_id": move.posting.member_id,
            "entry_key": key,
            "order_ref": move.order_ref,
            "earned_points": points,
            "remaining_points": points - paid_points,
            "expired_points": 0,
            "is_released": is_released,
            "available_at": available_at,
            "expires_at": move.terms.expires_at,
            "rolling_days": move.terms.rolling_days,
        }
    )
    if paid_points:
        rows.debts_paid[key] = paid_points


def _revoke(store_id: int, account: _Account, move: OrderMove, rows: _Rows, now: datetime) -> None:
    taken = take_back(account.lots.values(), move.order_ref, -move.posting.points)
    account.balance = account.balance.moved(
        available=-taken.available_points, pending=-taken.pending_points, debt=taken.debt_points
    )
    key = order_key(move.order_ref, move.posting.number)
    rows.entries.append(_entry(store_id, move, EntryKind.REVOKE, key, now))
    _take_from_lots(store_id, account, move.posting.member_id, taken, key, rows)
    if taken.written_off_points:
        restored = _entry(
            store_id, move, EntryKind.RESTORE, written_off_key(move.order_ref, move.posting.number), now
        )
        restored["points"] = taken.written_off_points
        restored["reason"] = written_off_sentence(taken.written_off_points)
        rows.entries.append(restored)


def _take_from_lots(
    store_id: int, account: _Account, member_id: int, taken: TakenBack, key: str, rows: _Rows
) -> None:
    for use in taken.uses:
        lot = account.lots[use.lot.lot_id]
        account.lots[lot.lot_id] = replace(lot, remaining_points=lot.remaining_points - use.points)
        rows.touched_lots.add((member_id, lot.lot_id))
        rows.uses.append(
            {
                "store_id": store_id,
                "lot_id": lot.lot_id,
                "entry_key": key,
                "purpose": EntryKind.REVOKE,
                "points": use.points,
            }
        )
    for use in taken.written_off:
        lot = account.lots[use.lot.lot_id]
        account.lots[lot.lot_id] = replace(lot, expired_points=lot.expired_points - use.points)
        rows.touched_lots.add((member_id, lot.lot_id))


def _entry(store_id: int, move: OrderMove, kind: EntryKind, key: str, now: datetime) -> dict[str, Any]:
    return {
        "store_id": store_id,
        "member_id": move.posting.member_id,
        "kind": kind,
        "points": move.posting.points,
        "key": key,
        "order_ref": move.order_ref,
        "program_version": move.program_version,
        "reason": move.reason,
        "at": now,
    }


def _write(db: Connection, store_id: int, accounts: Mapping[int, _Account], rows: _Rows) -> None:
    ledger.add_entries(db, rows.entries)
    ledger.add_lots(db, rows.lots)
    if rows.debts_paid:
        lot_ids = ledger.lot_ids(db, store_id, rows.debts_paid)
        rows.uses.extend(
            {
                "store_id": store_id,
                "lot_id": lot_ids[key],
                "entry_key": key,
                "purpose": "debt",
                "points": points,
            }
            for key, points in rows.debts_paid.items()
        )
    ledger.add_uses(db, rows.uses)
    ledger.save_lots(
        db,
        store_id,
        [lot_values(accounts[member_id].lots[lot_id]) for member_id, lot_id in sorted(rows.touched_lots)],
    )
    members.save_balances(
        db,
        store_id,
        [
            balance_values(member_id, account.balance, account.activity_at)
            for member_id, account in sorted(accounts.items())
        ],
    )


def lot_values(lot: Lot) -> dict[str, Any]:
    """A lot as `ledger.save_lots` takes it."""
    return {
        "id": lot.lot_id,
        "remaining_points": lot.remaining_points,
        "expired_points": lot.expired_points,
        "is_released": lot.is_released,
    }


def balance_values(member_id: int, balance: Balance, activity_at: datetime | None) -> dict[str, Any]:
    """A balance as `members.save_balances` takes it."""
    return {
        "id": member_id,
        "available_points": balance.available_points,
        "pending_points": balance.pending_points,
        "debt_points": balance.debt_points,
        "last_activity_at": activity_at,
    }
