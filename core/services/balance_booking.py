"""Booking lines of a file of balances: an entry each, with a lot, or out of lots; each line once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import ledger, members, spending
from core.domain.balance_files import Line, Mode
from core.domain.ledger import Balance, EntryKind
from core.domain.lots import Lot, Use, take_back
from core.domain.sentences import brought_sentence
from core.domain.stores import Store
from core.services.balance_checking import recognised
from core.services.enrolling import Shopper, enroll
from core.services.posting import balance_values
from core.services.taking_back import lots_to_take_from
from core.services.terms import Sealing


@dataclass(frozen=True, slots=True)
class Booked:
    """What a portion came to."""

    lines: int
    points: int
    """Σ of its entries."""
    file_points: int
    """Σ of its lines as they are written."""
    new_members: int


@dataclass(frozen=True, slots=True)
class Booking:
    """Which file, and how its points are meant."""

    store: Store
    task_id: int
    mode: Mode
    sealing: Sealing
    now: datetime

    def key(self, number: int) -> str:
        """The unique key of a line's entry."""
        return line_key(self.task_id, number)


def line_key(task_id: int, number: int) -> str:
    """The unique key of the entry of a file's line."""
    return f"import:{task_id}:{number}"


def book(db: Connection, booking: Booking, lines: Sequence[Line]) -> Booked:
    """Book these lines. Members nobody knew are made: accounts by their id, guests by their address.

    A line that names nobody is of somebody who was forgotten since, and is left out.
    """
    store_id = booking.store.store_id
    taken = ledger.keys_taken(db, store_id, [booking.key(line.number) for line in lines])
    named = [line for line in lines if line.email is not None or line.customer_ref is not None]
    left = [line for line in named if booking.key(line.number) not in taken]
    owners = recognised(db, store_id, left, booking.sealing)
    strangers = {
        line.number: Shopper(line.customer_ref, line.email) for line in left if line.number not in owners
    }
    made = enroll(db, store_id, strangers.values(), booking.sealing, booking.now)
    owners |= {number: made[shopper].member_id for number, shopper in strangers.items()}
    points = sum(_round(db, booking, one, owners) for one in _rounds(left, owners))
    return Booked(len(left), points, sum(line.points for line in left), len(strangers))


def _rounds(lines: Iterable[Line], owners: Mapping[int, int]) -> Iterator[list[Line]]:
    """Lines in rounds in which each member is there once: two may have become one since they were checked."""
    waiting = list(lines)
    while waiting:
        there: set[int] = set()
        later: list[Line] = []
        now: list[Line] = []
        for line in waiting:
            owner = owners[line.number]
            (later if owner in there else now).append(line)
            there.add(owner)
        yield now
        waiting = later


def _round(db: Connection, booking: Booking, lines: Sequence[Line], owners: Mapping[int, int]) -> int:
    store_id = booking.store.store_id
    locked = members.lock_balances(db, store_id, {owners[line.number] for line in lines})
    moves = {}
    for line in lines:
        row = locked[owners[line.number]]
        held = row.available_points - row.debt_points
        moves[line.number] = line.points if booking.mode is Mode.ADD else line.points - held
    given = [line for line in lines if moves[line.number] > 0]
    taken = [line for line in lines if moves[line.number] < 0]
    ledger.add_entries(
        db,
        [_entry(booking, line, owners[line.number], moves[line.number]) for line in (*given, *taken)],
    )
    balances = _give(db, booking, [(line, locked[owners[line.number]], moves[line.number]) for line in given])
    balances |= _take(
        db, booking, {owners[line.number]: (line, -moves[line.number]) for line in taken}, locked
    )
    members.save_balances(
        db,
        store_id,
        [
            balance_values(member_id, balance, locked[member_id].last_activity_at)
            for member_id, balance in sorted(balances.items())
        ],
    )
    return sum(moves.values())


def _entry(booking: Booking, line: Line, member_id: int, points: int) -> dict[str, Any]:
    return {
        "store_id": booking.store.store_id,
        "member_id": member_id,
        "kind": EntryKind.ADJUST,
        "points": points,
        "key": booking.key(line.number),
        "order_ref": None,
        "program_version": None,
        "reason": brought_sentence(),
        "at": booking.now,
    }


def _give(
    db: Connection, booking: Booking, given: Iterable[tuple[Line, Row[Any], int]]
) -> dict[int, Balance]:
    """A lot for each; a debt is paid at once. The balances then."""
    rows, paid, balances = [], {}, {}
    for line, member, points in given:
        part = min(member.debt_points, points)
        key = booking.key(line.number)
        if part:
            paid[key] = part
        rows.append(new_lot(booking.store.store_id, member.id, key, (points, points - part), booking.now))
        rows[-1]["expires_at"] = line.expires_at
        balances[member.id] = members.balance_of(member).moved(available=points - part, debt=-part)
    ledger.add_lots(db, rows)
    note_paid_debts(db, booking.store.store_id, paid)
    return balances


def new_lot(
    store_id: int, member_id: int, key: str, earned_and_left: tuple[int, int], now: datetime
) -> dict[str, Any]:
    """A lot that can be spent at once and never ends."""
    earned, left = earned_and_left
    return {
        "store_id": store_id,
        "member_id": member_id,
        "entry_key": key,
        "order_ref": None,
        "earned_points": earned,
        "remaining_points": left,
        "expired_points": 0,
        "is_released": True,
        "available_at": now,
        "expires_at": None,
        "rolling_days": None,
    }


def note_paid_debts(db: Connection, store_id: int, paid: Mapping[str, int]) -> None:
    """Points of new lots that went straight into debts, by the entry that made the lot."""
    lot_ids = ledger.lot_ids(db, store_id, paid) if paid else {}
    uses = [
        {
            "store_id": store_id,
            "lot_id": lot_ids[key],
            "entry_key": key,
            "purpose": "debt",
            "points": points,
        }
        for key, points in paid.items()
    ]
    ledger.add_uses(db, uses)


def _take(
    db: Connection,
    booking: Booking,
    taken: Mapping[int, tuple[Line, int]],
    locked: Mapping[int, Row[Any]],
) -> dict[int, Balance]:
    """Out of the newest lots that can be spent; what is not there is owed. The balances then."""
    store_id = booking.store.store_id
    held = lots_to_take_from(db, store_id, {(one, ""): points for one, (_line, points) in taken.items()})
    balances = {}
    for member_id, (line, points) in sorted(taken.items()):
        lots: Mapping[int, Lot] = held.get(member_id, {})
        from_lots = take_back(lots.values(), "", points)
        uses: Sequence[Use] = from_lots.uses
        spending.draw(db, store_id, uses, booking.key(line.number), EntryKind.ADJUST)
        balances[member_id] = members.balance_of(locked[member_id]).moved(
            available=-from_lots.available_points, debt=from_lots.debt_points
        )
    return balances
