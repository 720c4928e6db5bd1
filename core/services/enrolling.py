"""From the people behind orders to members: found by account or hashed address, made when new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.db import members
from core.db.members import Identity
from core.domain.people import email_key
from core.services.terms import Sealing


@dataclass(frozen=True, slots=True)
class Shopper:
    """The person behind an order, as the platform told it."""

    customer_ref: str | None
    email: str | None
    """Normalised; None when the platform keeps it from us."""


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
    _keep_addresses(db, store_id, enrolled, sealing)
    return enrolled


def _keep_addresses(
    db: Connection, store_id: int, enrolled: Mapping[Shopper, Enrolled], sealing: Sealing
) -> None:
    told = {known.member_id: shopper.email for shopper, known in enrolled.items() if shopper.email}
    if not told:
        return
    known = members.addressed(db, store_id, told)
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for member_id, email in sorted(told.items()):
        key, row = email_key(sealing.identity_key, store_id, email), known[member_id]
        # What the account itself says outweighs what was typed in a checkout; whoever was forgotten stays so.
        if row.email_key == key or row.modified_at is not None or row.erased_at is not None:
            continue
        values = {"member_id": member_id, "email_key": key, "email": sealing.seal_email(email)}
        (added if row.email_key is None else changed).append(values)
    members.add_persons(db, [{"store_id": store_id, **row} for row in added])
    members.change_addresses(db, store_id, changed)


def _stable(identity: Identity) -> tuple[str, bytes]:
    return (identity.customer_ref or "", identity.guest_key or b"")
