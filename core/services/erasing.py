"""Forgetting a person: who it was goes, what the ledger counted stays, with a member nobody knows any more.

A tombstone remains, a keyed hash: whatever is told later of an order placed before belongs to that nameless
member, and nothing personal of it is kept. Orders placed afterwards make a new member, as a stranger's would.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.db import adjustments, bodies, erasing, exclusions, members, tombstones
from core.db.redemptions import by_ids
from core.domain.orders import from_json, to_json
from core.domain.people import email_key
from core.domain.personal import Person, account_tombstone, address_tombstone, without_person
from core.domain.redemptions import State
from core.domain.stores import Store
from core.services.cancelling import cancel
from core.services.data_forgetting import Forgotten, drop_data_files
from core.services.exporting import drop_exports
from core.services.identifying import members_of
from core.services.terms import Sealing


@dataclass(frozen=True, slots=True)
class Erased:
    """Who was forgotten."""

    member_ids: tuple[int, ...]
    """Now nameless; accounts before guests. Of somebody nobody knew, the one made for late tellings."""


def erase(db: Connection, store: Store, person: Person, at: datetime, sealing: Sealing) -> Erased:
    """Forget a person as of a moment. Done again, it only reaches what was told meanwhile."""
    store_id = store.store_id
    member_ids = members_of(db, store, person, sealing)
    members.lock_balances(db, store_id, member_ids)
    known = erasing.known(db, store_id, member_ids)
    keys = {row.guest_key for row in known} | {row.email_key for row in known}
    email_keys = {key for key in keys if key is not None}
    if person.email is not None:
        email_keys.add(email_key(sealing.identity_key, store_id, person.email))
    accounts = {row.customer_ref for row in known if row.customer_ref} | (
        {person.customer_ref} if person.customer_ref else set()
    )
    by_account = {account_tombstone(sealing.identity_key, store_id, ref) for ref in accounts}
    by_address = {address_tombstone(sealing.identity_key, key) for key in email_keys}
    heir = _heir(db, store_id, member_ids, by_account | by_address, at)
    guest = next((row.id for row in known if row.guest_key is not None), heir)
    tombstones.put(db, store_id, by_account, heir, at)
    tombstones.put(db, store_id, by_address, guest, at)
    _forget(db, store, member_ids, person.order_refs, email_keys, at)
    drop_data_files(db, store_id, Forgotten(accounts, email_keys), sealing, at)
    return Erased(tuple(member_ids) or (heir,))


def _heir(
    db: Connection, store_id: int, member_ids: Collection[int], keys: Collection[bytes], at: datetime
) -> int:
    """Who has what is told of the person's orders from now on."""
    for member_id in member_ids:
        return member_id
    before = tombstones.found(db, store_id, keys)
    latest = max((one for stones in before.values() for one in stones), key=_erased_at, default=None)
    return erasing.add_nameless(db, store_id, at) if latest is None else latest.member_id


def _erased_at(stone: tombstones.Tombstone) -> datetime:
    return stone.erased_at


def _forget(
    db: Connection,
    store: Store,
    member_ids: Collection[int],
    order_refs: Collection[str],
    email_keys: Collection[bytes],
    at: datetime,
) -> None:
    store_id = store.store_id
    every_order = erasing.order_refs_of(db, store_id, member_ids) | set(order_refs)
    redeemed = erasing.redemption_ids(db, store_id, member_ids)
    for row in by_ids(db, store_id, redeemed):
        if row.state == State.PENDING:
            # For whom the code would be is not known any more: it is switched off, should the store have it.
            cancel(db, store, row.id, at)
    _unname_snapshots(db, store_id, member_ids, every_order)
    erasing.forget_what_callers_said(db, store_id, redeemed, every_order)
    erasing.forget_names(db, store_id, member_ids, email_keys, at)
    adjustments.forget_notes(db, store_id, member_ids)
    exclusions.forget_notes(db, store_id, member_ids)
    drop_exports(db, store_id, member_ids)
    bodies.drop_of_orders(db, store_id, every_order)


def _unname_snapshots(
    db: Connection, store_id: int, member_ids: Collection[int], order_refs: Collection[str]
) -> None:
    kept = erasing.snapshots(db, store_id, member_ids, order_refs)
    unnamed = [{"id": row.id, "snapshot": to_json(without_person(from_json(row.snapshot)))} for row in kept]
    erasing.rewrite_snapshots(db, store_id, unnamed)
