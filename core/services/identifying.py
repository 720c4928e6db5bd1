"""Who a person is among a store's members, and which person a member is."""

from __future__ import annotations

from sqlalchemy import Connection

from core.db import erasing, members
from core.domain.people import email_key
from core.domain.personal import Person
from core.domain.stores import Store
from core.services.terms import Sealing


def person_of(db: Connection, store: Store, member_id: int, sealing: Sealing) -> Person | None:
    """Who a member is; None when there is no such member or nobody knows any more."""
    row = members.by_id(db, store.store_id, member_id)
    if row is None or row.erased_at is not None:
        return None
    sealed = members.sealed_email(db, store.store_id, member_id)
    return Person(row.customer_ref, None if sealed is None else sealing.open_email(sealed))


def members_of(db: Connection, store: Store, person: Person, sealing: Sealing) -> list[int]:
    """Every member who is this person: the account, and guests of the same address or orders."""
    store_id, key = store.store_id, sealing.identity_key
    account = members.by_customer_ref(db, store_id, person.customer_ref) if person.customer_ref else None
    found = set() if account is None else {int(account.id)}
    email_keys = set(members.email_keys(db, store_id, found).values())
    if person.email is not None:
        email_keys.add(email_key(key, store_id, person.email))
    return sorted(found) + sorted(erasing.guests(db, store_id, email_keys, person.order_refs))
