"""Excluding members from the program, and taking them in again. What they have stays theirs meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import effects, exclusions, members
from core.domain.errors import Refused
from core.domain.excluding import AHEAD_MOST, boundary
from core.domain.payload import told_text
from core.domain.staff import Who
from core.domain.stores import Store
from core.services.noting import note_change
from core.services.terms import Sealing

LONGEST_WHY: Final = 200


def exclude(
    db: Connection, store: Store, member_id: int, who: Who, why: str, now: datetime, *, sealing: Sealing
) -> None:
    """Have the member earn and redeem nothing from now on. Once more is as good as once.

    Points stay, refunds take theirs back, orders placed before keep their worth. Raises Refused.
    """
    row = _locked(db, store, member_id)
    if row.excluded_at is not None:
        return
    begin_exclusion(db, store, member_id, now)
    _write(db, store, member_id, "began", why, sealing)
    note = {"excluded": True, "has_reason": bool(why)}
    note_change(
        db,
        store.store_id,
        who,
        "member.excluded",
        f"member {member_id}",
        now,
        before={"excluded": False},
        after=note,
    )


def include(
    db: Connection, store: Store, member_id: int, who: Who, why: str, now: datetime, *, sealing: Sealing
) -> None:
    """Take the member in again: orders placed from now on earn; those placed meanwhile never do.

    Once more is as good as once. Raises Refused.
    """
    row = _locked(db, store, member_id)
    if row.excluded_at is None:
        return
    at = boundary(max(now, boundary(row.excluded_at, row.excluded_at)), _latest(db, store, member_id, now))
    _write(db, store, member_id, "ended", why, sealing)
    exclusions.end(db, store.store_id, member_id, at)
    _settle_later_orders(db, store, member_id, at, now)
    note = {"excluded": False, "has_reason": bool(why)}
    note_change(
        db,
        store.store_id,
        who,
        "member.included",
        f"member {member_id}",
        now,
        before={"excluded": True},
        after=note,
    )


def begin_exclusion(db: Connection, store: Store, member_id: int, now: datetime) -> None:
    """Exclude a locked member who is not excluded yet, without a note of who wanted it."""
    ended_at = exclusions.last_end(db, store.store_id, member_id)
    at = boundary(now if ended_at is None else max(now, ended_at), _latest(db, store, member_id, now))
    exclusions.begin(db, store.store_id, member_id, at)
    _settle_later_orders(db, store, member_id, at, now)


def _latest(db: Connection, store: Store, member_id: int, now: datetime) -> datetime | None:
    return exclusions.latest_order_at(db, store.store_id, member_id, now + AHEAD_MOST)


def _settle_later_orders(db: Connection, store: Store, member_id: int, at: datetime, now: datetime) -> None:
    """Orders dated far ahead are worth something else from now on: they are fetched, and settled anew."""
    order_refs = exclusions.orders_from(db, store.store_id, member_id, at)
    if order_refs and not store.is_offline:
        effects.ask(db, store.store_id, effects.FETCH_ORDER, order_refs, now)


def why_excluded(db: Connection, store_id: int, member_id: int, sealing: Sealing) -> str:
    """What was typed when the member was excluded as it stands; empty: nothing."""
    sealed = exclusions.notes(db, store_id, member_id)
    return sealing.secrets.unseal(sealed).get("began", "") if sealed else ""


def _write(db: Connection, store: Store, member_id: int, when: str, why: str, sealing: Sealing) -> None:
    """Beside the exclusion, where it goes when the member is forgotten; the history would keep it."""
    if why:
        sealed = exclusions.notes(db, store.store_id, member_id)
        said = (sealing.secrets.unseal(sealed) if sealed else {}) | {when: told_text(why, LONGEST_WHY)}
        exclusions.set_notes(db, store.store_id, member_id, sealing.secrets.seal(said))


def _locked(db: Connection, store: Store, member_id: int) -> Row[Any]:
    row = members.lock_balances(db, store.store_id, [member_id]).get(member_id)
    if row is None:
        raise Refused(f"{store.name} has no member {member_id}.")
    if row.merged_into is not None:
        raise Refused(f"Member {member_id} was merged into member {row.merged_into}, who earns the points.")
    if row.erased_at is not None:
        raise Refused("Nobody knows any more who this member is, so nothing new is earned for it anyway.")
    return row
