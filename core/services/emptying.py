"""Points of one member going over to another: lots are made anew, debts are passed on. Σ of both stays.

Both members are locked by the caller, who sees to the keys: each stem is used once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import ledger, members, merges, spending
from core.domain.ledger import Balance, EntryKind
from core.domain.lots import Lot, TakenBack, Use, take_back
from core.domain.merging import carry_stem, lot_key
from core.domain.sentences import written_off_sentence
from core.services.posting import balance_values
from core.services.taking_back import lots_to_take_from


@dataclass(frozen=True, slots=True)
class Transfer:
    """From whom to whom, and how the two entries are told apart from all others."""

    store_id: int
    giver_id: int
    taker_id: int
    stem: str
    why: str
    now: datetime

    @property
    def out_key(self) -> str:
        """The key of the giver's entry."""
        return f"{self.stem}:out"

    @property
    def in_key(self) -> str:
        """The key of the taker's entry."""
        return f"{self.stem}:in"

    def entry(self, member_id: int, points: int, key: str, order_ref: str | None = None) -> dict[str, Any]:
        """One entry as `ledger.add_entries` takes it."""
        return {
            "store_id": self.store_id,
            "member_id": member_id,
            "kind": EntryKind.ADJUST,
            "points": points,
            "key": key,
            "order_ref": order_ref,
            "program_version": None,
            "reason": self.why,
            "at": self.now,
        }

    def pair(self, points: int, order_ref: str | None = None) -> list[dict[str, Any]]:
        """The two entries: so many points more for the taker, as many less for the giver."""
        return [
            self.entry(self.giver_id, -points, self.out_key, order_ref),
            self.entry(self.taker_id, points, self.in_key, order_ref),
        ]


def carry_on(db: Connection, store_id: int, losses: Mapping[int, Mapping[str, int]], now: datetime) -> None:
    """Have what members who were merged came by since go where they went.

    `losses`: by member, the points each order has just taken back: taken from what that order earned, if the
    survivor has it still. Members and survivors are locked. Those who were not merged keep what they have.
    """
    for member_id, path in members.paths(db, store_id, losses).items():
        giver_id = member_id
        for taker_id in path:
            merge = merges.standing(db, store_id, giver_id)
            if merge is None:
                raise LookupError(f"member {giver_id} was merged by nothing")
            _carry(db, merge, losses[member_id], now)
            giver_id = taker_id


def _carry(db: Connection, merge: Row[Any], losses: Mapping[str, int], now: datetime) -> None:
    store_id, giver_id = merge.store_id, merge.from_member_id
    debt_points = members.lock_balances(db, store_id, [giver_id])[giver_id].debt_points
    for order_ref, points in [*losses.items(), (None, debt_points)]:
        part = min(points, debt_points)
        if part:
            give_debt(db, merge.id, _next_transfer(db, merge, now), part, order_ref)
            debt_points -= part
    lots = held_lots(db, store_id, giver_id)
    if lots:
        give_lots(db, _next_transfer(db, merge, now), lots)


def _next_transfer(db: Connection, merge: Row[Any], now: datetime) -> Transfer:
    stem = carry_stem(merge.id, merges.next_carry(db, merge.store_id, merge.id))
    why = f"carried on from member {merge.from_member_id} to member {merge.into_member_id}"
    return Transfer(merge.store_id, merge.from_member_id, merge.into_member_id, stem, why, now)


def held_lots(db: Connection, store_id: int, member_id: int) -> list[Lot]:
    """A locked member's lots that hold points, by id."""
    held = ledger.lots_of(db, store_id, [member_id]).get(member_id, [])
    return sorted(held, key=lambda lot: lot.lot_id)


def give_lots(db: Connection, transfer: Transfer, lots: Sequence[Lot]) -> None:
    """Make the giver's lots anew with the taker, their dates as they were; what is released pays her debt."""
    store_id = transfer.store_id
    locked = members.lock_balances(db, store_id, [transfer.giver_id, transfer.taker_id])
    giver, taker = locked[transfer.giver_id], locked[transfer.taker_id]
    ledger.add_entries(db, transfer.pair(sum(lot.remaining_points for lot in lots)))
    spending.draw(
        db, store_id, [Use(lot, lot.remaining_points) for lot in lots], transfer.out_key, EntryKind.ADJUST
    )
    paid = _payments(lots, taker.debt_points)
    ledger.add_lots(db, [_made_anew(transfer, lot, paid.get(lot.lot_id, 0)) for lot in lots])
    _note_payments(db, transfer, paid)
    available, pending = _sums(lots)
    paid_points = sum(paid.values())
    balances = (
        (giver, members.balance_of(giver).moved(available=-available, pending=-pending)),
        (
            taker,
            members.balance_of(taker).moved(
                available=available - paid_points, pending=pending, debt=-paid_points
            ),
        ),
    )
    save(db, store_id, balances, _latest(giver, taker))


def _payments(lots: Iterable[Lot], debt_points: int) -> dict[int, int]:
    """How much of a debt each released lot pays."""
    paid: dict[int, int] = {}
    for lot in lots:
        part = min(debt_points, lot.remaining_points) if lot.is_released else 0
        if part:
            paid[lot.lot_id] = part
            debt_points -= part
    return paid


def _note_payments(db: Connection, transfer: Transfer, paid: Mapping[int, int]) -> None:
    keys = {lot_key(transfer.stem, lot_id): points for lot_id, points in paid.items()}
    lot_ids = ledger.lot_ids(db, transfer.store_id, keys) if keys else {}
    ledger.add_uses(
        db, [_use(transfer.store_id, lot_ids[key], key, "debt", points) for key, points in keys.items()]
    )


def _made_anew(transfer: Transfer, lot: Lot, paid_points: int) -> dict[str, Any]:
    return {
        "store_id": transfer.store_id,
        "member_id": transfer.taker_id,
        "entry_key": lot_key(transfer.stem, lot.lot_id),
        "order_ref": lot.order_ref,
        "earned_points": lot.remaining_points,
        "remaining_points": lot.remaining_points - paid_points,
        "expired_points": 0,
        "is_released": lot.is_released,
        "available_at": lot.terms.available_at,
        "expires_at": lot.terms.expires_at,
        "rolling_days": lot.terms.rolling_days,
    }


def give_debt(
    db: Connection, merge_id: int, transfer: Transfer, points: int, order_ref: str | None = None
) -> None:
    """Have the taker bear so much of the giver's debt, as if points of the order were taken back from her.

    What she cannot pay becomes her debt, and is noted with the merge.
    """
    store_id, taker_id, named = transfer.store_id, transfer.taker_id, order_ref or ""
    locked = members.lock_balances(db, store_id, [transfer.giver_id, taker_id])
    lots = lots_to_take_from(db, store_id, {(taker_id, named): points}).get(taker_id, {})
    taken = take_back(lots.values(), named, points)
    ledger.add_entries(db, transfer.pair(-points, order_ref))
    if taken.written_off_points:
        restored = transfer.entry(taker_id, taken.written_off_points, f"{transfer.stem}:expired", order_ref)
        restored |= {"kind": EntryKind.RESTORE, "reason": written_off_sentence(taken.written_off_points)}
        ledger.add_entries(db, [restored])
    _take_from(db, transfer, taken)
    giver, taker = locked[transfer.giver_id], locked[taker_id]
    balance = members.balance_of(taker).moved(
        available=-taken.available_points, pending=-taken.pending_points, debt=taken.debt_points
    )
    balances = ((giver, members.balance_of(giver).moved(debt=-points)), (taker, balance))
    save(db, store_id, balances, _latest(giver, taker))
    merges.add_debt(db, store_id, merge_id, taken.debt_points)


def _take_from(db: Connection, transfer: Transfer, taken: TakenBack) -> None:
    spending.draw(db, transfer.store_id, taken.uses, transfer.in_key, EntryKind.ADJUST)
    left = {use.lot.lot_id: use.lot.remaining_points for use in taken.written_off}
    for use in taken.uses:
        if use.lot.lot_id in left:
            left[use.lot.lot_id] -= use.points
    written_off = [
        {
            "id": use.lot.lot_id,
            "remaining_points": left[use.lot.lot_id],
            "expired_points": use.lot.expired_points - use.points,
            "is_released": use.lot.is_released,
        }
        for use in taken.written_off
    ]
    ledger.save_lots(db, transfer.store_id, written_off)


def _use(store_id: int, lot_id: int, key: str, purpose: str, points: int) -> dict[str, Any]:
    return {"store_id": store_id, "lot_id": lot_id, "entry_key": key, "purpose": purpose, "points": points}


def _sums(lots: Iterable[Lot]) -> tuple[int, int]:
    """(released, pending)."""
    available = pending = 0
    for lot in lots:
        if lot.is_released:
            available += lot.remaining_points
        else:
            pending += lot.remaining_points
    return available, pending


def _latest(giver: Row[Any], taker: Row[Any]) -> dict[int, datetime | None]:
    """When each was last active: the survivor at the later of the two."""
    known = [at for at in (giver.last_activity_at, taker.last_activity_at) if at is not None]
    return {giver.id: giver.last_activity_at, taker.id: max(known, default=None)}


def save(
    db: Connection,
    store_id: int,
    balances: Iterable[tuple[Row[Any], Balance]],
    active_at: Mapping[int, datetime | None],
) -> None:
    """Write balances of locked members."""
    members.save_balances(
        db, store_id, [balance_values(row.id, balance, active_at[row.id]) for row, balance in balances]
    )
