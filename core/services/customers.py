"""What the platform says of customers reaches their members: new addresses, merges, deletions.

Nobody becomes a member by this alone: points make members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import effects, members, merges, person_words, tombstones
from core.db.inbox import State
from core.db.members import Identity
from core.domain.errors import Refused
from core.domain.merging import Source
from core.domain.names import name_key, word_keys
from core.domain.people import email_key
from core.domain.personal import Person, account_tombstone
from core.domain.platform import CustomerGone, CustomersMerged, CustomerTold
from core.domain.stores import Store
from core.services.erasing import erase
from core.services.merging import merge
from core.services.settling import Outcome
from core.services.terms import Sealing

UNKNOWN = "nobody here: points make members"


@dataclass(frozen=True, slots=True)
class CustomerNews:
    """One delivery that speaks of a customer."""

    row_id: int
    received_at: datetime
    message: CustomerTold | CustomerGone | CustomersMerged


def concerned(db: Connection, store_id: int, news: Sequence[CustomerNews]) -> set[int]:
    """The members who are merged or forgotten by these, as far as they are known."""
    refs: set[str] = set()
    for one in news:
        if isinstance(one.message, CustomersMerged):
            refs |= {one.message.kept_ref, one.message.deleted_ref}
        elif isinstance(one.message, CustomerGone):
            refs.add(one.message.customer_ref)
    rows = [members.own_by_customer_ref(db, store_id, ref) for ref in sorted(refs)]
    return {row.id for row in rows if row is not None}


def is_anybody_gone(news: Sequence[CustomerNews]) -> bool:
    """Whether these say for certain that somebody is to be forgotten."""
    return any(isinstance(one.message, CustomerGone) and one.message.is_certain for one in news)


def hear_of_customers(
    db: Connection, store: Store, news: Sequence[CustomerNews], sealing: Sealing, now: datetime
) -> list[Outcome]:
    """Do what each of these says, in the order given; what became of each."""
    return [_hear(db, store, one, sealing, now) for one in news]


def _hear(db: Connection, store: Store, news: CustomerNews, sealing: Sealing, now: datetime) -> Outcome:
    message = news.message
    if isinstance(message, CustomerTold):
        problem = _told(db, store, message, message.modified_at or news.received_at, sealing, now)
    elif isinstance(message, CustomerGone):
        problem = _gone(db, store, message, news.received_at, sealing, now)
    else:
        problem = _merged(db, store, message, sealing, now)
    return Outcome(news.row_id, State.DONE if problem is None else State.IGNORED, problem=problem)


def _told(
    db: Connection, store: Store, told: CustomerTold, modified_at: datetime, sealing: Sealing, now: datetime
) -> str | None:
    """Keep the account's address; a guest's points go to it where the platform verified that it is theirs."""
    if told.email is None:
        return "it has no address"
    store_id = store.store_id
    key = email_key(sealing.identity_key, store_id, told.email)
    guest = members.own_by_guest_key(db, store_id, key) if told.is_verified else None
    account = members.own_by_customer_ref(db, store_id, told.customer_ref)
    if account is None and (guest is None or guest.merged_into is not None):
        return UNKNOWN
    if account is None and _forgotten(db, store_id, told.customer_ref, sealing) is not None:
        return "the account was deleted"
    account = account or _make(db, store_id, told.customer_ref, now)
    _keep_person(db, account, told, modified_at, sealing)
    if guest is not None and guest.merged_into is None and account.merged_into is None:
        _claim(db, store, guest, account, now)
    return None


def _keep_person(
    db: Connection, account: Row[Any], told: CustomerTold, modified_at: datetime, sealing: Sealing
) -> None:
    """Keep the account's address, and the name if it has one; an older telling changes nothing."""
    store_id, email = account.store_id, str(told.email)
    known = members.addressed(db, store_id, [account.id])[account.id]
    if known.modified_at is not None and known.modified_at > modified_at:
        return
    values: dict[str, Any] = {
        "member_id": account.id,
        "email_key": email_key(sealing.identity_key, store_id, email),
        "email": sealing.seal_email(email),
        "modified_at": modified_at,
    }
    if told.name is not None:
        values["name_key"] = name_key(sealing.identity_key, store_id, told.name)
        values["name"] = sealing.seal_name(told.name)
    if known.email_key is None:
        members.add_persons(db, [{"store_id": store_id, **values}])
    else:
        members.change_persons(db, store_id, [values])
    if told.name is not None and known.name_key != values["name_key"]:
        words = word_keys(sealing.identity_key, store_id, told.name.full)
        person_words.replace(db, store_id, {account.id: words})


def _claim(db: Connection, store: Store, guest: Row[Any], account: Row[Any], now: datetime) -> None:
    if not _was_undone(db, guest, account):
        merge(db, store, guest.id, account.id, Source.CLAIM, now)


def _was_undone(db: Connection, giver: Row[Any], taker: Row[Any]) -> bool:
    """Whether these two were merged before and told apart again: then no telling merges them once more."""
    before = merges.of_member(db, giver.store_id, giver.id)
    return any(one.into_member_id == taker.id and one.undone_at is not None for one in before)


def _make(db: Connection, store_id: int, customer_ref: str, now: datetime) -> Row[Any]:
    members.add(db, store_id, [Identity(customer_ref=customer_ref)], now)
    made = members.own_by_customer_ref(db, store_id, customer_ref)
    if made is None:
        raise LookupError(f"customer {customer_ref} was made a member and is none")
    return made


def _gone(
    db: Connection, store: Store, gone: CustomerGone, told_at: datetime, sealing: Sealing, now: datetime
) -> str | None:
    """Forget who the member is; the ledger stays with the nameless one."""
    if members.own_by_customer_ref(db, store.store_id, gone.customer_ref) is None:
        return UNKNOWN
    if gone.is_certain:
        erase(db, store, Person(gone.customer_ref, None), told_at, sealing)
        return None
    if store.is_offline:
        return "whether the customer is really gone, nobody can ask: the store is never called"
    effects.ask(db, store.store_id, effects.FETCH_CUSTOMER, [gone.customer_ref], now)
    return None


def _merged(
    db: Connection, store: Store, merged: CustomersMerged, sealing: Sealing, now: datetime
) -> str | None:
    store_id = store.store_id
    gone, kept = (
        members.own_by_customer_ref(db, store_id, ref) or _forgotten(db, store_id, ref, sealing)
        for ref in (merged.deleted_ref, merged.kept_ref)
    )
    if gone is None and kept is None:
        return UNKNOWN
    # One of them has points: orders told late under the other's name are to find them.
    gone = gone or _make(db, store_id, merged.deleted_ref, now)
    kept = kept or _make(db, store_id, merged.kept_ref, now)
    if _was_undone(db, gone, kept):
        return "this merge was undone here"
    try:
        merge(db, store, gone.id, kept.id, Source.PLATFORM, now)
    except Refused as refusal:
        return str(refusal)
    return None


def _forgotten(db: Connection, store_id: int, customer_ref: str, sealing: Sealing) -> Row[Any] | None:
    """The nameless member a forgotten account left behind: its deletion may be told before its merge."""
    key = account_tombstone(sealing.identity_key, store_id, customer_ref)
    stones = tombstones.found(db, store_id, {key}).get(key, ())
    return members.by_id(db, store_id, stones[-1].member_id) if stones else None
