"""What is told of people who were forgotten: whose it is, and what of it must not be kept."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import members, orders, tombstones
from core.db.members import Identity
from core.db.tombstones import Tombstone
from core.domain.people import email_key
from core.domain.personal import account_tombstone, address_tombstone, named_in
from core.services.terms import Sealing


@dataclass(frozen=True, slots=True)
class Telling:
    """One order as it was told, and who is behind it."""

    row_id: int
    order_ref: str
    ordered_at: datetime
    customer_ref: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Past:
    """Which tellings are of people who were forgotten, by row of the inbox."""

    member_ids: Mapping[int, int] = field(default_factory=dict)
    """The nameless member each belongs to."""
    unaddressed: frozenset[int] = frozenset()
    """Those of living accounts whose address was forgotten: it is not kept anew."""

    @property
    def row_ids(self) -> frozenset[int]:
        """The deliveries whose bodies must not be kept."""
        return self.unaddressed | self.member_ids.keys()


def past_of(db: Connection, store_id: int, told: Sequence[Telling], sealing: Sealing) -> Past:
    """What of this belongs to people who were forgotten. An order placed after that does not."""
    if not told or not tombstones.any_in(db, store_id):
        return Past()
    by_account = {one.row_id: _account(one, store_id, sealing) for one in told}
    by_address = {one.row_id: _address(one, store_id, sealing) for one in told}
    keys = {key for key in (*by_account.values(), *by_address.values()) if key is not None}
    stones = tombstones.found(db, store_id, keys)
    member_ids, unaddressed = {}, set()
    for one in told:
        account = _standing(stones, by_account[one.row_id], one.ordered_at)
        address = _standing(stones, by_address[one.row_id], one.ordered_at)
        stone = account or (address if one.customer_ref is None else None)
        if stone is not None:
            member_ids[one.row_id] = stone.member_id
        elif address is not None:
            unaddressed.add(one.row_id)
    nobodys = [one for one in told if one.customer_ref is None and one.email is None]
    return Past(member_ids | _stay(db, store_id, nobodys), frozenset(unaddressed))


def _account(one: Telling, store_id: int, sealing: Sealing) -> bytes | None:
    if one.customer_ref is None:
        return None
    return account_tombstone(sealing.identity_key, store_id, one.customer_ref)


def _address(one: Telling, store_id: int, sealing: Sealing) -> bytes | None:
    if one.email is None:
        return None
    return address_tombstone(sealing.identity_key, email_key(sealing.identity_key, store_id, one.email))


def _standing(
    stones: Mapping[bytes, Sequence[Tombstone]], key: bytes | None, ordered_at: datetime
) -> Tombstone | None:
    """The first time the person was forgotten after placing this order; None: never."""
    known = stones.get(key, ()) if key is not None else ()
    return next((stone for stone in known if ordered_at <= stone.erased_at), None)


def _stay(db: Connection, store_id: int, nobodys: Sequence[Telling]) -> dict[int, int]:
    """A platform that forgot the shopper, too, tells orders of nobody: those stay whose they were."""
    if not nobodys:
        return {}
    rows = orders.load(db, store_id, {one.order_ref for one in nobodys})
    owners = {ref: row.member_id for ref, row in rows.items() if row.member_id is not None}
    nameless = tombstones.nameless(db, store_id, set(owners.values()))
    return {one.row_id: owners[one.order_ref] for one in nobodys if owners.get(one.order_ref) in nameless}


def naming_the_forgotten(
    db: Connection, store_id: int, rows: Sequence[Row[Any]], sealing: Sealing
) -> list[int]:
    """Those of these deliveries whose bodies name somebody who was forgotten after they were received.

    Also those received since, unless they name anybody who came back.
    """
    if not rows or not tombstones.any_in(db, store_id):
        return []
    named = {row.id: _keys(store_id, row.topic, row.body or b"", sealing) for row in rows}
    wanted = {key: identity for keys in named.values() for key, identity in keys.items()}
    stones = tombstones.found(db, store_id, wanted.keys())
    alive = members.ids_by_identity(db, store_id, {wanted[key] for key in stones})
    return [row.id for row in rows if _must_go(row.received_at, named[row.id], stones, alive)]


def _must_go(
    received_at: datetime,
    named: Mapping[bytes, Identity],
    stones: Mapping[bytes, Sequence[Tombstone]],
    alive: Container[Identity],
) -> bool:
    of_them = [stone for key in named for stone in stones.get(key, ())]
    if any(received_at <= stone.erased_at for stone in of_them):
        return True
    return bool(of_them) and not any(identity in alive for identity in named.values())


def _keys(store_id: int, topic: str, body: bytes, sealing: Sealing) -> dict[bytes, Identity]:
    named, key = named_in(topic, body), sealing.identity_key
    by_address = (email_key(key, store_id, email) for email in named.emails)
    return {
        account_tombstone(key, store_id, ref): Identity(customer_ref=ref) for ref in named.customer_refs
    } | {address_tombstone(key, one): Identity(guest_key=one) for one in by_address}
