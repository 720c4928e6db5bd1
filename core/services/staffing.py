"""Who somebody signed in is, and what they may do in a store."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import staff
from core.domain.staff import Role, Who, operator


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works in the settings pages."""

    staff_id: int
    name: str
    email: str
    locale: str | None
    """The language of their pages; None: the browser's."""


def person_of(db: Connection, staff_id: int, secrets: Secrets) -> Person | None:
    """Who this is; None once they may not sign in any more. `db` serves all stores."""
    row = staff.by_id(db, staff_id)
    if row is None:
        return None
    told = secrets.unseal(row.person)
    return Person(row.id, told["name"], told["email"], row.locale)


def who_at(db: Connection, person: Person | None, store_id: int) -> Who | None:
    """What somebody signed in may do in a store; None: nothing at all. No person: whoever runs the server.

    `db` serves all stores.
    """
    if person is None:
        return operator()
    row = staff.role_at(db, person.staff_id, store_id)
    if row is None:
        return None
    return Who(person.name, Role(row.role), person.staff_id, row.most_points)


def stores_open_to(db: Connection, person: Person | None) -> set[int] | None:
    """The stores somebody works in; None: all of them. `db` serves all stores."""
    return None if person is None else staff.stores_of(db, person.staff_id)
