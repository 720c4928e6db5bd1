"""From the people behind orders to members: found by account or hashed address, made when new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import members, person_words
from core.db.members import Identity
from core.domain.names import Name, name_key, word_keys
from core.domain.people import email_key
from core.services.terms import Sealing


@dataclass(frozen=True, slots=True)
class Shopper:
    """The person behind an order, as the platform told it."""

    customer_ref: str | None
    email: str | None
    """Normalised; None when the platform keeps it from us."""
    name: Name | None = None
    """None when it was not told."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A recognised shopper."""

    member_id: int
    guest_key: bytes | None
    """What a guest is recognised by; None for an account."""


def identity_of(shopper: Shopper, store_id: int, identity_key: bytes) -> Identity | None:
    """How the shopper is recognised; None for a guest without an address: the order stays nobody's."""
    if shopper.customer_ref is not None:
        return Identity(customer_ref=shopper.customer_ref)
    if shopper.email is None:
        return None
    return Identity(guest_key=email_key(identity_key, store_id, shopper.email))


def enroll(
    db: Connection, store_id: int, shoppers: Iterable[Shopper], sealing: Sealing, now: datetime
) -> dict[Shopper, Enrolled]:
    """The member of each shopper who can be recognised; new ones are made."""
    identities = {
        shopper: identity
        for shopper in dict.fromkeys(shoppers)
        if (identity := identity_of(shopper, store_id, sealing.identity_key)) is not None
    }
    wanted = set(identities.values())
    found = members.ids_by_identity(db, store_id, wanted)
    if missing := wanted - set(found):
        members.add(db, store_id, sorted(missing, key=_stable), now)
        found |= members.ids_by_identity(db, store_id, missing)
    enrolled = {
        shopper: Enrolled(found[identity], identity.guest_key) for shopper, identity in identities.items()
    }
    _keep_persons(db, store_id, enrolled, sealing)
    return enrolled


def _keep_persons(
    db: Connection, store_id: int, enrolled: Mapping[Shopper, Enrolled], sealing: Sealing
) -> None:
    """Keep the names and addresses of whom an address was told; what is kept already is not sealed anew."""
    told = {known.member_id: shopper for shopper, known in enrolled.items() if shopper.email}
    if not told:
        return
    known = members.addressed(db, store_id, told)
    added: list[dict[str, Any]] = []
    addressed: list[dict[str, Any]] = []
    named: list[dict[str, Any]] = []
    for member_id, shopper in sorted(told.items()):
        row = known[member_id]
        # Whoever was forgotten stays so.
        if row.erased_at is not None:
            continue
        address = _address(store_id, row, shopper, sealing)
        name = _name(store_id, row, shopper, sealing)
        if row.email_key is None:
            nameless: dict[str, Any] = {"name_key": None, "name": None}
            added.append({"store_id": store_id, "member_id": member_id, **address, **nameless, **name})
        elif address:
            addressed.append({"member_id": member_id, **address})
        if name and row.email_key is not None:
            named.append({"member_id": member_id, **name})
    members.add_persons(db, added)
    members.change_persons(db, store_id, addressed)
    members.change_persons(db, store_id, named)
    person_words.put(db, store_id, _words(store_id, told, [row for row in added if row["name"]], sealing))
    person_words.replace(db, store_id, _words(store_id, told, named, sealing))


def _address(store_id: int, row: Row[Any], shopper: Shopper, sealing: Sealing) -> dict[str, Any]:
    """The address as it is to be kept; nothing where it stays as it is."""
    email = str(shopper.email)
    key = email_key(sealing.identity_key, store_id, email)
    # What the account itself says outweighs what was typed in a checkout.
    if row.email_key == key or row.modified_at is not None:
        return {}
    return {"email_key": key, "email": sealing.seal_email(email)}


def _name(store_id: int, row: Row[Any], shopper: Shopper, sealing: Sealing) -> dict[str, Any]:
    """The same of the name. An account that told none leaves it to the checkout."""
    if shopper.name is None:
        return {}
    key = name_key(sealing.identity_key, store_id, shopper.name)
    if row.name_key == key or (row.modified_at is not None and row.name_key is not None):
        return {}
    return {"name_key": key, "name": sealing.seal_name(shopper.name)}


def _words(
    store_id: int, told: Mapping[int, Shopper], rows: Iterable[Mapping[str, Any]], sealing: Sealing
) -> dict[int, tuple[bytes, ...]]:
    """By member, what the words of the name just kept are found by."""
    names = {row["member_id"]: told[row["member_id"]].name for row in rows}
    return {
        member_id: word_keys(sealing.identity_key, store_id, name.full)
        for member_id, name in names.items()
        if name is not None
    }


def _stable(identity: Identity) -> tuple[str, bytes]:
    return (identity.customer_ref or "", identity.guest_key or b"")
