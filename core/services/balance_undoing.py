"""Undoing a file of balances: each of its entries gets its opposite, so that Σ is what it would have been."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import audit, balance_files, ledger, members, spending, taking_back
from core.domain.ledger import Balance, EntryKind
from core.domain.lots import Lot, TakenBack, Use, falls_short, give_back, take_back
from core.domain.sentences import brought_back_sentence, written_off_sentence
from core.domain.stores import Store
from core.services.balance_booking import line_key, new_lot, note_paid_debts
from core.services.emptying import carry_on
from core.services.posting import balance_values
from core.services.redeeming import ended_lots

_ITS_OWN = "the undone line"
"""Stands for the order a lot came from, where points are taken from a line's own lot first."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What a portion came to."""

    lines: int
    points: int
    """Σ of what was taken back."""
    lost_points: int
    """Of those, how many had ended meanwhile: they were gone already."""


@dataclass(frozen=True, slots=True)
class _Undoing:
    """One store's file being undone now."""

    store: Store
    task_id: int
    now: datetime

    def key(self, number: int) -> str:
        return f"{line_key(self.task_id, number)}:undo"

    def entry(self, member_id: int, points: int, number: int) -> dict[str, Any]:
        return {
            "store_id": self.store.store_id,
            "member_id": member_id,
            "kind": EntryKind.ADJUST,
            "points": points,
            "key": self.key(number),
            "order_ref": None,
            "program_version": None,
            "reason": brought_back_sentence(number),
            "at": self.now,
        }


def undo(db: Connection, store: Store, task_id: int, numbers: Sequence[int], now: datetime) -> Undone:
    """Undo these lines of a file, each once. What is spent already becomes a debt."""
    store_id, undoing = store.store_id, _Undoing(store, task_id, now)
    keys = {line_key(task_id, number): number for number in numbers}
    taken = ledger.keys_taken(db, store_id, [undoing.key(number) for number in numbers])
    entries = audit.entries_by_key(db, store_id, list(keys))
    left = {
        number: (entries[key].member_id, entries[key].points)
        for key, number in keys.items()
        if key in entries and undoing.key(number) not in taken
    }
    concerned = {member_id for member_id, _points in left.values()}
    ends = {one for path in members.paths(db, store_id, concerned).values() for one in path}
    members.lock_balances(db, store_id, concerned | ends)
    lost = 0
    for one in _rounds(left):
        lost += _round(db, undoing, one)
    carry_on(db, store_id, {member_id: {} for member_id in sorted(concerned)}, now)
    return Undone(len(left), sum(points for _member_id, points in left.values()), lost)


def _rounds(left: Mapping[int, tuple[int, int]]) -> Iterator[dict[int, tuple[int, int]]]:
    """In rounds in which each member is there once."""
    waiting = dict(left)
    while waiting:
        there: dict[int, int] = {}
        for number, (member_id, _points) in waiting.items():
            there.setdefault(member_id, number)
        yield {number: waiting.pop(number) for number in there.values()}


def _round(db: Connection, undoing: _Undoing, lines: Mapping[int, tuple[int, int]]) -> int:
    store_id = undoing.store.store_id
    locked = members.lock_balances(db, store_id, {member_id for member_id, _points in lines.values()})
    ledger.add_entries(
        db, [undoing.entry(member_id, -points, number) for number, (member_id, points) in lines.items()]
    )
    given = {number: one for number, one in lines.items() if one[1] > 0}
    balances, lost = _take(db, undoing, given, locked)
    for number, (member_id, points) in lines.items():
        if points < 0:
            balances[member_id] = _return(db, undoing, number, locked[member_id], -points)
    members.save_balances(
        db,
        store_id,
        [
            balance_values(member_id, balance, locked[member_id].last_activity_at)
            for member_id, balance in sorted(balances.items())
        ],
    )
    return lost


def _take(
    db: Connection, undoing: _Undoing, given: Mapping[int, tuple[int, int]], locked: Mapping[int, Row[Any]]
) -> tuple[dict[int, Balance], int]:
    """From the line's own lot first, then from the newest others; what is not there is owed."""
    held = _lots(db, undoing, given)
    balances, lost = {}, 0
    for number, (member_id, points) in given.items():
        taken = take_back(held.get(member_id, ()), _ITS_OWN, points)
        spending.draw(db, undoing.store.store_id, taken.uses, undoing.key(number), EntryKind.ADJUST)
        if taken.written_off_points:
            lost += taken.written_off_points
            _restore(db, undoing, number, member_id, taken)
        balances[member_id] = members.balance_of(locked[member_id]).moved(
            available=-taken.available_points, pending=-taken.pending_points, debt=taken.debt_points
        )
    return balances, lost


def _lots(db: Connection, undoing: _Undoing, given: Mapping[int, tuple[int, int]]) -> dict[int, list[Lot]]:
    store_id = undoing.store.store_id
    keys = [line_key(undoing.task_id, number) for number in given]
    ids = ledger.lot_ids(db, store_id, keys).values() if keys else ()
    own = {
        member_id: [replace(lot, order_ref=_ITS_OWN) for lot in lots]
        for member_id, lots in (ledger.lots_by_id(db, store_id, list(ids)) if ids else {}).items()
    }
    short = {
        member_id: points
        for member_id, points in given.values()
        if falls_short(own.get(member_id, ()), _ITS_OWN, points)
    }
    others = taking_back.newest_worth(db, store_id, short)
    known = {lot.lot_id for lots in own.values() for lot in lots}
    return {
        member_id: [
            *own.get(member_id, ()),
            *(lot for lot in others.get(member_id, ()) if lot.lot_id not in known),
        ]
        for member_id, _points in given.values()
    }


def _restore(db: Connection, undoing: _Undoing, number: int, member_id: int, taken: TakenBack) -> None:
    """What had ended from the lot was lost once already: it is not taken again."""
    points = taken.written_off_points
    restored = undoing.entry(member_id, points, number) | {
        "kind": EntryKind.RESTORE,
        "key": f"{undoing.key(number)}:expired",
        "reason": written_off_sentence(points),
    }
    ledger.add_entries(db, [restored])
    left = {use.lot.lot_id: use.points for use in taken.uses}
    ledger.save_lots(
        db,
        undoing.store.store_id,
        [
            {
                "id": use.lot.lot_id,
                "remaining_points": use.lot.remaining_points - left.get(use.lot.lot_id, 0),
                "expired_points": use.lot.expired_points - use.points,
                "is_released": use.lot.is_released,
            }
            for use in taken.written_off
        ],
    )


def _return(db: Connection, undoing: _Undoing, number: int, member: Row[Any], points: int) -> Balance:
    """A debt is paid first; the rest goes into the lots it came from, or, where those are over, a new one."""
    store_id, key = undoing.store.store_id, undoing.key(number)
    paid = min(member.debt_points, points)
    spent = _spent(db, undoing, number, member)
    ended = ended_lots(db, undoing.store, member, spent, undoing.now)
    returns, homeless = give_back(spent, points - paid, lambda lot: lot.lot_id in ended)
    spending.put_back(db, store_id, returns, key)
    if homeless + paid:
        ledger.add_lots(db, [new_lot(store_id, member.id, key, (homeless + paid, homeless), undoing.now)])
        note_paid_debts(db, store_id, {key: paid} if paid else {})
    return members.balance_of(member).moved(available=points - paid, debt=-paid)


def _spent(db: Connection, undoing: _Undoing, number: int, member: Row[Any]) -> list[Use]:
    store_id = undoing.store.store_id
    taken = balance_files.taken_by(db, store_id, line_key(undoing.task_id, number))
    lots = _by_id(ledger.lots_by_id(db, store_id, [lot_id for lot_id, _points in taken]).get(member.id, ()))
    return [Use(lots[lot_id], points) for lot_id, points in taken if lot_id in lots]


def _by_id(lots: Iterable[Lot]) -> dict[int, Lot]:
    return {lot.lot_id: lot for lot in lots}
