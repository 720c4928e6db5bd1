"""Looking a member up: balance, what is left in lots, and what happens to it next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import ledger, members
from core.domain.errors import Refused
from core.domain.lots import Lot, end_of, spending_order
from core.domain.people import email_key, normal_email
from core.domain.stores import Store


@dataclass(frozen=True, slots=True)
class LotSeen:
    """A lot that still holds points."""

    lot: Lot
    ends_at: datetime | None
    """When it ends if nothing more happens; None: never, or not before it can be spent."""


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """A member as an operator sees them."""

    row: Row[Any]
    """Of `members`."""
    released: tuple[LotSeen, ...]
    """In the order they are spent."""
    pending: tuple[LotSeen, ...]
    """The soonest first."""
    other_member_ids: tuple[int, ...] = ()
    """Members of the same e-mail address: one person can be an account and a guest."""


def member_by_email(db: Connection, store: Store, email: str, identity_key: bytes) -> MemberSeen:
    """The member with this address, accounts before guests. Raises Refused."""
    address = normal_email(email)
    if address is None:
        raise Refused(f"“{email[:80]}” is not an e-mail address.")
    found = members.by_email_key(db, store.store_id, email_key(identity_key, store.store_id, address))
    if not found:
        raise Refused(f"{store.name} has no member with this e-mail address.")
    return _seen(db, store, found[0], tuple(row.id for row in found[1:]))


def member_by_ref(db: Connection, store: Store, customer_ref: str) -> MemberSeen:
    """The member with this customer id of the platform. Raises Refused."""
    found = members.by_customer_ref(db, store.store_id, customer_ref)
    if found is None:
        raise Refused(f"{store.name} has no member with the customer id {customer_ref}.")
    return _seen(db, store, found)


def _seen(db: Connection, store: Store, row: Row[Any], others: tuple[int, ...] = ()) -> MemberSeen:
    lots = [
        lot for lot in ledger.lots_of(db, store.store_id, [row.id]).get(row.id, []) if lot.remaining_points
    ]
    waiting = sorted((lot for lot in lots if not lot.is_released), key=_release_order)
    return MemberSeen(
        row=row,
        released=tuple(LotSeen(lot, _ends_at(lot, row, store)) for lot in spending_order(lots)),
        pending=tuple(LotSeen(lot, lot.terms.expires_at) for lot in waiting),
        other_member_ids=others,
    )


def _release_order(lot: Lot) -> tuple[bool, float, int]:
    at = lot.terms.available_at
    return (at is None, at.timestamp() if at else 0.0, lot.lot_id)


def _ends_at(lot: Lot, row: Row[Any], store: Store) -> datetime | None:
    return end_of(lot.terms, row.last_activity_at or row.joined_at, store.zone)
