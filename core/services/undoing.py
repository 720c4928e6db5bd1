"""Undoing what was adjusted by hand, within 30 days: Σ entries is what it would be without it.

What was given is taken back: the rest of its own lot first, then what had expired of it, then the member's
newest points, and what is nowhere to be found is a debt. What was taken goes back into the very lots.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from core.db import adjustments, ledger, members, spending, taking_back
from core.domain.adjusting import UNDONE_WITHIN, adjust_key, expired_key, undo_key
from core.domain.errors import Refused
from core.domain.ledger import Balance, EntryKind
from core.domain.lots import LotTerms, TakenBack, draw, end_of_day, give_back, take_out_of, terms_from
from core.domain.sentences import adjustment_undone_sentence, written_off_sentence
from core.domain.staff import Role, Who
from core.domain.stores import Store
from core.domain.versions import in_force
from core.services.adjusting import entry, new_lot, note_moved, save
from core.services.redeeming import ended_lots
from core.services.restoring import GRACE_DAYS
from core.services.terms import StoreTerms


def undo_adjustment(
    db: Connection, terms: StoreTerms, adjustment_id: int, who: Who, now: datetime
) -> Row[Any]:
    """Undo one; the adjustment. Done again it stays as it is. Raises Refused."""
    store = terms.store
    member_id = _the(db, store, adjustment_id).member_id
    member: Row[Any] = members.lock_balances(db, store.store_id, {member_id})[member_id]
    # Read once more: somebody may have undone it before the member was ours.
    row = _the(db, store, adjustment_id)
    if row.undone_at is not None:
        return row
    if reason := why_not(row, member, who, now):
        raise Refused(reason)
    if row.points > 0:
        balance, is_whole = _take_back(db, member, row, now)
    else:
        balance, is_whole = _give_back(db, terms, member, row, now), True
    note_moved(db, member, balance, (row.id, -row.points), who, now, is_undone=True)
    adjustments.change(
        db,
        store.store_id,
        adjustment_id,
        undone_at=now,
        undone_by=who.name[:120],
        counted_points=0 if is_whole else row.counted_points,
    )
    return _the(db, store, adjustment_id)


def why_not(row: Row[Any], member: Row[Any], who: Who, now: datetime) -> str:
    """Why somebody cannot undo an adjustment that was not undone yet; empty: they can."""
    if now > row.at + UNDONE_WITHIN:
        return f"This adjustment is more than {UNDONE_WITHIN.days} days old and stays. Make another one."
    if member.merged_into is not None:
        return f"Member {member.id} was merged into member {member.merged_into}, who has the points."
    if member.erased_at is not None:
        return "Nobody knows any more who this member is, so points stay as they are."
    is_own = row.staff_id is not None and row.staff_id == who.staff_id
    if not is_own and not who.may(Role.MANAGER):
        return f"{row.who} made this adjustment: they can undo it, or a manager."
    return ""


def _take_back(db: Connection, member: Row[Any], row: Row[Any], now: datetime) -> tuple[Balance, bool]:
    """The balance then; and whether all was still there: nothing spent, and no debt paid with it."""
    store_id, key, points = member.store_id, undo_key(row.id), row.points
    lot_id = ledger.lot_ids(db, store_id, [adjust_key(row.id)])[adjust_key(row.id)]
    own = ledger.lots_by_id(db, store_id, [lot_id])[member.id]
    newest = taking_back.newest_worth(db, store_id, {member.id: points}).get(member.id, [])
    taken = take_out_of(own, [lot for lot in newest if lot.lot_id != lot_id], points)
    ledger.add_entries(db, [entry(member, -points, key, adjustment_undone_sentence(points), now)])
    spending.draw(db, store_id, taken.uses, key, EntryKind.ADJUST)
    _write_off(db, member, row, taken, now)
    balance = members.balance_of(member).moved(available=-taken.available_points, debt=taken.debt_points)
    return save(db, member, balance), own[0].remaining_points == points


def _write_off(db: Connection, member: Row[Any], row: Row[Any], taken: TakenBack, now: datetime) -> None:
    """What had expired is not taken twice. Nothing is left in its lot by then."""
    points = taken.written_off_points
    if not points:
        return
    restored = entry(member, points, expired_key(row.id), written_off_sentence(points), now)
    ledger.add_entries(db, [restored | {"kind": EntryKind.RESTORE}])
    ledger.save_lots(
        db,
        member.store_id,
        [
            {
                "id": use.lot.lot_id,
                "remaining_points": 0,
                "expired_points": use.lot.expired_points - use.points,
                "is_released": use.lot.is_released,
            }
            for use in taken.written_off
        ],
    )


def _give_back(db: Connection, terms: StoreTerms, member: Row[Any], row: Row[Any], now: datetime) -> Balance:
    store_id, key, points = member.store_id, undo_key(row.id), -row.points
    spent = spending.spent_by(db, store_id, [adjust_key(row.id)], EntryKind.ADJUST)
    ended = ended_lots(db, terms.store, member, spent, now)
    uses, homeless = give_back(spent, points, lambda lot: lot.lot_id in ended)
    ledger.add_entries(db, [entry(member, points, key, adjustment_undone_sentence(-points), now)])
    spending.put_back(db, store_id, uses, key)
    # What had become a debt ends one; only what does not is in need of a lot.
    paid = min(member.debt_points, homeless)
    if homeless > paid:
        were_owed = homeless > sum(use.points for use in spent if use.lot.lot_id in ended)
        ends = _terms_of_homeless(terms, now, were_owed=were_owed)
        ledger.add_lots(db, [new_lot(member, key, homeless - paid, homeless - paid, ends)])
    still_owed = min(member.debt_points - paid, points - paid)
    if still_owed:
        back = spending.lots_to_spend(db, store_id, member.id)
        spending.draw(db, store_id, draw(back, still_owed)[0], key, "debt")
    paid += still_owed
    return save(db, member, members.balance_of(member).moved(available=points - paid, debt=-paid))


def _terms_of_homeless(terms: StoreTerms, now: datetime, *, were_owed: bool) -> LotTerms:
    """For points no lot takes: earned anew if they had been a debt that was paid since, else a short life."""
    if were_owed:
        return terms_from(now, in_force(terms.versions, now).program, terms.store.zone)
    zone = terms.store.zone
    return LotTerms(now, end_of_day(now.astimezone(zone).date() + timedelta(days=GRACE_DAYS), zone))


def _the(db: Connection, store: Store, adjustment_id: int) -> Row[Any]:
    row = adjustments.by_id(db, store.store_id, adjustment_id)
    if row is None:
        raise Refused(f"{store.name} has no adjustment {adjustment_id}.")
    return row
