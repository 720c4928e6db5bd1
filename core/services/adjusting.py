"""Giving and taking points by hand: once for each form, within bounds, with a note the member reads.

What is given is a lot like any other, spendable at once, ending as the program in force says; it pays a debt
first. What is taken leaves the lots that end soonest. Undoing: `core.services.undoing`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row

from core.db import adjustments, ledger, members, spending
from core.domain.adjusting import (
    LONGEST_PRIVATE,
    LONGEST_PUBLIC,
    MOST_POINTS,
    Notes,
    adjust_key,
    adjustment_of,
)
from core.domain.errors import Refused
from core.domain.ledger import Balance, EntryKind
from core.domain.lots import Lot, LotTerms, Use, draw, terms_from
from core.domain.sentences import adjusted_sentence
from core.domain.staff import Role, Who
from core.domain.stores import Store
from core.domain.versions import in_force
from core.services.noting import note_change
from core.services.posting import balance_values
from core.services.redeeming import is_over
from core.services.terms import Sealing, StoreTerms


class TokenTaken(Refused):
    """The form was sent before with other points or for somebody else; `row` is what came of it."""

    def __init__(self, row: Row[Any]) -> None:
        self.row = row
        super().__init__("This form was sent already, with other points. Open it anew to adjust once more.")


class TooMany(Refused):
    """The points are more than may be given or taken; `str()` says how many may."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What somebody wants."""

    member_id: int
    points: int
    """Above 0: given; below: taken."""
    notes: Notes
    token: str
    """Drawn with the form: the same token is the same adjustment, however often it is sent."""
    may_owe: bool = False
    """What is not there becomes a debt; else no more is taken than can be spent."""


def adjust(
    db: Connection, terms: StoreTerms, wanted: Adjustment, who: Who, sealing: Sealing, now: datetime
) -> Row[Any]:
    """Give or take the points; the adjustment, or the one made before by the same form.

    Raises Refused, in words for whoever is at work: TooMany and TokenTaken among them.
    """
    store = terms.store
    if who.most_points is not None and who.staff_id is not None:
        adjustments.lock_limit(db, store.store_id, who.staff_id)
    locked = members.lock_balances(db, store.store_id, {wanted.member_id})
    member = _adjustable(store, locked.get(wanted.member_id), wanted.member_id)
    known = adjustments.by_token(db, store.store_id, wanted.token)
    if known is not None:
        if (known.member_id, known.points) != (wanted.member_id, wanted.points):
            raise TokenTaken(known)
        return known
    _check_wish(wanted, who)
    _check_limit(db, store, wanted, who, now)
    adjustment_id = adjustments.add(db, _values(store, wanted, who, sealing, now))
    move = _give if wanted.points > 0 else _take
    balance = move(db, terms, member, wanted, adjustment_id, now)
    note_moved(db, member, balance, (adjustment_id, wanted.points), who, now)
    return _the(db, store, adjustment_id)


def left_today(db: Connection, store: Store, who: Who, now: datetime) -> int | None:
    """How many points somebody may still give or take today by the store's clock; None: any number."""
    if who.most_points is None:
        return None
    local = now.astimezone(store.zone)
    begin = datetime.combine(local.date(), time(), store.zone)
    used = adjustments.counted_since(db, store.store_id, who.staff_id, begin)
    return max(0, who.most_points - used)


def notes_of(row: Row[Any], sealing: Sealing) -> Notes | None:
    """The notes of an adjustment; None once the member was forgotten."""
    if row.notes is None:
        return None
    opened = json.loads(sealing.open_document(row.notes))
    return Notes(opened["public"], opened["private"])


def sealed_notes(notes: Notes, sealing: Sealing) -> bytes:
    """The notes as an adjustment keeps them."""
    return sealing.seal_document(json.dumps(asdict(notes)))


def public_notes(
    db: Connection, store_id: int, entry_keys: Collection[str], sealing: Sealing
) -> dict[str, str]:
    """What members read beside entries made by hand, by the entry's key; none for those without a note."""
    numbers = {key: found for key in entry_keys if (found := adjustment_of(key)) is not None}
    rows = adjustments.by_ids(db, store_id, set(numbers.values())) if numbers else {}
    notes = {row_id: notes_of(row, sealing) for row_id, row in rows.items()}
    return {key: note.public for key, row_id in numbers.items() if (note := notes.get(row_id)) is not None}


def _adjustable(store: Store, member: Row[Any] | None, member_id: int) -> Row[Any]:
    if member is None:
        raise Refused(f"{store.name} has no member {member_id}.")
    if member.merged_into is not None:
        raise Refused(f"Member {member_id} was merged into member {member.merged_into}, who has the points.")
    if member.erased_at is not None:
        raise Refused("Nobody knows any more who this member is, so points stay as they are.")
    return member


def _check_wish(wanted: Adjustment, who: Who) -> None:
    if not wanted.points or abs(wanted.points) > MOST_POINTS:
        raise TooMany(f"One adjustment is 1 to {MOST_POINTS:,} points, up or down.")
    if not 0 < len(wanted.notes.public) <= LONGEST_PUBLIC or len(wanted.notes.private) > LONGEST_PRIVATE:
        raise Refused(
            f"Say why in at most {LONGEST_PUBLIC} characters, and to staff in at most {LONGEST_PRIVATE}."
        )
    if wanted.may_owe and not who.may(Role.MANAGER):
        raise Refused("Only a manager may take points that are not there.")


def _check_limit(db: Connection, store: Store, wanted: Adjustment, who: Who, now: datetime) -> None:
    left = left_today(db, store, who, now)
    if left is not None and abs(wanted.points) > left:
        raise TooMany(
            f"You may give or take {who.most_points:,} points a day, and {left:,} of today's are left."
        )


def _values(store: Store, wanted: Adjustment, who: Who, sealing: Sealing, now: datetime) -> dict[str, Any]:
    return {
        "store_id": store.store_id,
        "member_id": wanted.member_id,
        "points": wanted.points,
        "notes": sealed_notes(wanted.notes, sealing),
        "token": wanted.token,
        "who": who.name[:120],
        "staff_id": who.staff_id,
        "counted_points": abs(wanted.points),
        "at": now,
    }


def _give(
    db: Connection, terms: StoreTerms, member: Row[Any], wanted: Adjustment, adjustment_id: int, now: datetime
) -> Balance:
    store_id, key, points = terms.store.store_id, adjust_key(adjustment_id), wanted.points
    version = in_force(terms.versions, now)
    ends = terms_from(now, version.program, terms.store.zone)
    paid = min(member.debt_points, points)
    ledger.add_entries(db, [entry(member, points, key, adjusted_sentence(points), now, version.version)])
    ledger.add_lots(db, [new_lot(member, key, points, points - paid, ends)])
    if paid:
        lot_id = ledger.lot_ids(db, store_id, [key])[key]
        use = {"store_id": store_id, "lot_id": lot_id, "entry_key": key, "purpose": "debt", "points": paid}
        ledger.add_uses(db, [use])
    return save(db, member, members.balance_of(member).moved(available=points - paid, debt=-paid))


def _take(
    db: Connection, terms: StoreTerms, member: Row[Any], wanted: Adjustment, adjustment_id: int, now: datetime
) -> Balance:
    store = terms.store
    uses, missing = _to_take(db, store, member, wanted, now)
    key = adjust_key(adjustment_id)
    ledger.add_entries(db, [entry(member, wanted.points, key, adjusted_sentence(wanted.points), now)])
    spending.draw(db, store.store_id, uses, key, EntryKind.ADJUST)
    return save(db, member, members.balance_of(member).moved(available=missing + wanted.points, debt=missing))


def _to_take(
    db: Connection, store: Store, member: Row[Any], wanted: Adjustment, now: datetime
) -> tuple[list[Use], int]:
    """Where the points come from, and how many become a debt. Raises TooMany."""
    over: list[Lot] = []

    def alive() -> Iterator[Lot]:
        for lot in spending.lots_to_spend(db, store.store_id, member.id):
            if is_over(lot, member, store.zone, now):
                over.append(lot)
            else:
                yield lot

    uses, missing = draw(alive(), -wanted.points)
    if missing and not wanted.may_owe:
        there = -wanted.points - missing
        what_works = f"Enter −{there:,} or more" if there else "Enter points to give"
        raise TooMany(f"There are {there:,} points that can be taken. {what_works}.")
    # Beside a debt nothing is left in any lot, not even what ends today anyhow.
    more, missing = draw(over, missing)
    return uses + more, missing


def entry(
    member: Row[Any], points: int, key: str, reason: str, now: datetime, program_version: int | None = None
) -> dict[str, Any]:
    """An entry made by hand, as `ledger.add_entries` takes it."""
    return {
        "store_id": member.store_id,
        "member_id": member.id,
        "kind": EntryKind.ADJUST,
        "points": points,
        "key": key,
        "order_ref": None,
        "program_version": program_version,
        "reason": reason,
        "at": now,
    }


def new_lot(
    member: Row[Any], key: str, earned_points: int, remaining_points: int, terms: LotTerms
) -> dict[str, Any]:
    """A lot that can be spent at once, as `ledger.add_lots` takes it."""
    return {
        "store_id": member.store_id,
        "member_id": member.id,
        "entry_key": key,
        "order_ref": None,
        "earned_points": earned_points,
        "remaining_points": remaining_points,
        "expired_points": 0,
        "is_released": True,
        "available_at": terms.available_at,
        "expires_at": terms.expires_at,
        "rolling_days": terms.rolling_days,
    }


def save(db: Connection, member: Row[Any], balance: Balance) -> Balance:
    """Write a locked member's balance. What staff do is no activity of the member's."""
    values = balance_values(member.id, balance, member.last_activity_at)
    members.save_balances(db, member.store_id, [values])
    return balance


def note_moved(
    db: Connection,
    member: Row[Any],
    balance: Balance,
    moved: tuple[int, int],
    who: Who,
    now: datetime,
    *,
    is_undone: bool = False,
) -> None:
    """Have the history tell of it: `moved` is the adjustment and its points. No note stands there."""
    adjustment_id, points = moved
    note_change(
        db,
        member.store_id,
        who,
        "member.adjustment_undone" if is_undone else "member.adjusted",
        f"member {member.id}",
        now,
        before=_told(members.balance_of(member)),
        after={"adjustment": adjustment_id, "points": points, **_told(balance)},
    )


def _told(balance: Balance) -> dict[str, int]:
    return {
        "available": balance.available_points,
        "pending": balance.pending_points,
        "debt": balance.debt_points,
    }


def _the(db: Connection, store: Store, adjustment_id: int) -> Row[Any]:
    row = adjustments.by_id(db, store.store_id, adjustment_id)
    if row is None:
        raise LookupError(f"adjustment {adjustment_id} was made a moment ago and is gone")
    return row
