"""Who somebody signed in is, and what they may do in a store.

`db` serves all stores throughout: people are of the installation.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row

from core.config.secrets import Secrets
from core.db import signing_in, staff
from core.domain.errors import Refused
from core.domain.people import email_key, normal_email
from core.domain.staff import OPERATOR_NAME, Role, Who, operator
from core.services.noting import note_change

MOST_AT_A_STORE: Final = 200

_NO_STORE: Final = 0
"""Addresses of staff are keyed for no store: one account serves all of theirs."""


class NameRefused(Refused):
    """What is wrong is the name, and nothing else."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works in the settings pages."""

    staff_id: int
    name: str
    email: str
    locale: str | None
    """The language of their pages; None: the browser's."""
    has_password: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a store's staff."""

    person: Person
    role: Role
    most_points: int | None
    seen_until: datetime | None
    """When the last of their sessions ends; None: they are not signed in."""


@dataclass(frozen=True, slots=True)
class Place:
    """A store somebody works in."""

    store_id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Everybody:
    """One page of the people on this server."""

    people: tuple[tuple[Person, datetime | None, tuple[Place, ...]], ...]
    """Each with the end of their last session and their stores."""
    goes_on_after: int | None
    """The id of the last one shown, when there are more."""


def key_of(secrets: Secrets, email: str) -> bytes:
    """What stands for a normalised address of staff."""
    return email_key(secrets.identity_key, _NO_STORE, email)


def person_of(db: Connection, staff_id: int, secrets: Secrets) -> Person | None:
    """Who this is; None once they may not sign in any more."""
    row = staff.by_id(db, staff_id)
    return None if row is None else _person(row, secrets, row.locale)


def person_by_email(db: Connection, email: str, secrets: Secrets) -> tuple[Person, str | None] | None:
    """Who signs in with an address, as typed, and the hash of their password; None: nobody does."""
    address = normal_email(email)
    row = staff.by_email_key(db, key_of(secrets, address)) if address else None
    return None if row is None else (_person(row, secrets, row.locale), row.password_hash)


def who_at(db: Connection, person: Person | None, store_id: int) -> Who | None:
    """What somebody signed in may do in a store; None: nothing at all. No person: whoever runs the server."""
    if person is None:
        return operator()
    row = staff.role_at(db, person.staff_id, store_id)
    if row is None:
        return None
    return Who(person.name, Role(row.role), person.staff_id, row.most_points)


def stores_open_to(db: Connection, person: Person | None) -> set[int] | None:
    """The stores somebody works in; None: all of them."""
    return None if person is None else staff.stores_of(db, person.staff_id)


def staff_of(db: Connection, store_id: int, secrets: Secrets) -> list[Member]:
    """Who works in a store, as they came."""
    return [
        Member(_person(row, secrets), Role(row.role), row.most_points, row.seen_until)
        for row in staff.at_store(db, store_id, MOST_AT_A_STORE)
    ]


def member_at(db: Connection, store_id: int, staff_id: int, secrets: Secrets) -> Member | None:
    """Somebody of a store's staff."""
    person = person_of(db, staff_id, secrets)
    row = staff.role_at(db, staff_id, store_id) if person else None
    return None if row is None or person is None else Member(person, Role(row.role), row.most_points, None)


def everybody_here(db: Connection, secrets: Secrets, limit: int, *, above: int = 0) -> Everybody:
    """The people on this server as they came, beginning above an id."""
    rows = staff.everybody(db, limit + 1, above=above)
    shown = rows[:limit]
    places: dict[int, list[Place]] = {row.id: [] for row in shown}
    for row in staff.roles_of_all(db, list(places)):
        places[row.staff_id].append(Place(row.store_id, row.name, Role(row.role)))
    return Everybody(
        tuple((_person(row, secrets), row.seen_until, tuple(places[row.id])) for row in shown),
        shown[-1].id if len(rows) > limit else None,
    )


def choose_password(db: Connection, staff_id: int, password_hash: str) -> None:
    """Another password: whoever was signed in with the one before is so no more, and no link works."""
    staff.set_password(db, staff_id, password_hash)
    sign_out_everywhere(db, staff_id)


def renew_hash(db: Connection, staff_id: int, before: str, password_hash: str) -> None:
    """The same password, hashed with the effort of today."""
    if password_hash != before:
        staff.set_password(db, staff_id, password_hash)


def password_hash_of(db: Connection, staff_id: int) -> str | None:
    """The hash of somebody's password; None: they have none, or sign in no more."""
    row = staff.by_id(db, staff_id)
    return None if row is None else row.password_hash


def describe(
    db: Connection, person: Person, name: str, locale: str | None, secrets: Secrets, now: datetime
) -> None:
    """Another name, and the language of their pages; None: the browser's.

    Raises Refused for a name the history of one of their stores tells somebody else by; each has the change.
    """
    if name != person.name:
        _rename(db, person, name, secrets, now)
    staff.set_person(db, person.staff_id, secrets.seal({"name": name, "email": person.email}), locale)


def refuse_servers_name(name: str) -> None:
    """Raise Refused for the name by which the history tells of whoever runs this server."""
    if not name.isprintable() or _alike(name) == _alike(OPERATOR_NAME):
        raise NameRefused(
            "The history calls whoever runs this server like that. Use another name, such as Olive Green."
        )


def _rename(db: Connection, person: Person, name: str, secrets: Secrets, now: datetime) -> None:
    refuse_servers_name(name)
    roles = staff.roles_of(db, person.staff_id)
    for row in roles:
        for one in staff_of(db, row.store_id, secrets):
            if one.person.staff_id != person.staff_id and _alike(one.person.name) == _alike(name):
                raise NameRefused(
                    "Somebody you work with is called that already. Add something that tells you apart, "
                    "such as the family name."
                )
    for row in roles:
        who, subject = Who(person.name, Role(row.role), person.staff_id), f"{name} (staff {person.staff_id})"
        before, after = {"name": person.name}, {"name": name}
        note_change(db, row.store_id, who, "staff.renamed", subject, now, before=before, after=after)


def _alike(name: str) -> str:
    """What names have in common that are read as the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def still_has(db: Connection, staff_id: int, password_hash: str) -> bool:
    """Whether somebody may sign in still, with the very password that was looked at before."""
    row = staff.by_id(db, staff_id)
    return row is not None and row.password_hash == password_hash


def sign_out_everywhere(db: Connection, staff_id: int) -> None:
    """End all sessions of somebody, and all links that would sign them in."""
    signing_in.end_sessions(db, staff_id)
    signing_in.end_links(db, staff_id)


def _person(row: Row[object], secrets: Secrets, locale: str | None = None) -> Person:
    told = secrets.unseal(row.person)
    return Person(row.id, told["name"], told["email"], locale, row.password_hash is not None)
