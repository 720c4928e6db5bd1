"""Rows of staff and their roles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, delete, func, select, update

from core.db.admin_tables import admin_sessions
from core.db.staff_tables import staff, staff_roles
from core.db.tables import stores
from core.domain.staff import Role


def by_id(db: Connection, staff_id: int) -> Row[Any] | None:
    """Somebody who may sign in still."""
    chosen = select(staff).where(staff.c.id == staff_id, staff.c.ended_at.is_(None))
    return db.execute(chosen).first()


def role_at(db: Connection, staff_id: int, store_id: int) -> Row[Any] | None:
    """{role, most_points} of somebody in a store; None: they have nothing to do there."""
    chosen = select(staff_roles.c.role, staff_roles.c.most_points).where(
        staff_roles.c.store_id == store_id, staff_roles.c.staff_id == staff_id
    )
    found: list[Row[Any]] = list(db.execute(chosen))
    return found[0] if found else None


def stores_of(db: Connection, staff_id: int) -> set[int]:
    """The stores somebody works in. `db` serves all stores."""
    chosen = select(staff_roles.c.store_id).where(staff_roles.c.staff_id == staff_id)
    return set(db.execute(chosen).scalars())


def by_email_key(db: Connection, key: bytes) -> Row[Any] | None:
    """Somebody who may sign in still, by the key of their address."""
    chosen = select(staff).where(staff.c.email_key == key, staff.c.ended_at.is_(None))
    return db.execute(chosen).first()


def add(db: Connection, email_key: bytes, person: bytes, now: datetime) -> int:
    """Somebody new, who has no password yet; their id."""
    values = {"email_key": email_key, "person": person, "made_at": now}
    staff_id: int = db.execute(staff.insert().returning(staff.c.id), values).scalar_one()
    return staff_id


def set_person(db: Connection, staff_id: int, person: bytes, locale: str | None) -> None:
    """What is kept of who they are, and the language of their pages; None: the browser's."""
    db.execute(update(staff).where(staff.c.id == staff_id).values(person=person, locale=locale))


def set_password(db: Connection, staff_id: int, password_hash: str | None) -> None:
    """The hash of a password; None: they have none, and come in by a link alone."""
    db.execute(update(staff).where(staff.c.id == staff_id).values(password_hash=password_hash))


def end(db: Connection, staff_id: int, email_key: bytes, person: bytes, now: datetime) -> None:
    """They sign in no more; `email_key` and `person` stand where theirs did."""
    gone = {"email_key": email_key, "person": person, "password_hash": None, "ended_at": now}
    db.execute(update(staff).where(staff.c.id == staff_id).values(**gone))


def roles_of(db: Connection, staff_id: int) -> list[Row[Any]]:
    """{store_id, role, most_points} of somebody, by store. `db` serves all stores."""
    chosen = select(staff_roles).where(staff_roles.c.staff_id == staff_id).order_by(staff_roles.c.store_id)
    return list(db.execute(chosen))


def hold_owners(db: Connection, store_id: int) -> set[int]:
    """The owners of a store; nobody else changes one of them until this transaction ends."""
    chosen = (
        select(staff_roles.c.staff_id)
        .where(staff_roles.c.store_id == store_id, staff_roles.c.role == Role.OWNER)
        .order_by(staff_roles.c.staff_id)
        .with_for_update()
    )
    return set(db.execute(chosen).scalars())


def give_role(
    db: Connection, store_id: int, staff_id: int, role: Role, most_points: int | None, now: datetime
) -> None:
    """A role for somebody who has none in the store."""
    values = {"store_id": store_id, "staff_id": staff_id, "role": role, "most_points": most_points}
    db.execute(staff_roles.insert().values(**values, given_at=now))


def change_role(db: Connection, store_id: int, staff_id: int, role: Role, most_points: int | None) -> None:
    """Another role for somebody who has one in the store."""
    is_it = (staff_roles.c.store_id == store_id) & (staff_roles.c.staff_id == staff_id)
    db.execute(update(staff_roles).where(is_it).values(role=role, most_points=most_points))


def take_role(db: Connection, store_id: int, staff_id: int) -> None:
    """They have nothing to do in the store any more."""
    is_it = (staff_roles.c.store_id == store_id) & (staff_roles.c.staff_id == staff_id)
    db.execute(delete(staff_roles).where(is_it))


def count_at(db: Connection, store_id: int) -> int:
    """How many people work in a store."""
    chosen = select(func.count()).select_from(staff_roles).where(staff_roles.c.store_id == store_id)
    return db.execute(chosen).scalar_one()


def at_store(db: Connection, store_id: int, limit: int) -> list[Row[Any]]:
    """Who works in a store, as they came: {id, person, password_hash, role, most_points, seen_until}.

    `seen_until`: when the last of their sessions ends; None: they are not signed in. `db` serves all stores.
    """
    chosen = (
        select(
            staff.c.id,
            staff.c.person,
            staff.c.password_hash,
            staff_roles.c.role,
            staff_roles.c.most_points,
            _seen_until().label("seen_until"),
        )
        .join(staff_roles, staff_roles.c.staff_id == staff.c.id)
        .where(staff_roles.c.store_id == store_id)
        .order_by(staff.c.id)
        .limit(limit)
    )
    return list(db.execute(chosen))


def everybody(db: Connection, limit: int, *, above: int = 0) -> list[Row[Any]]:
    """Who may sign in, as they came: {id, person, password_hash, seen_until}. `db` serves all stores."""
    chosen = (
        select(staff.c.id, staff.c.person, staff.c.password_hash, _seen_until().label("seen_until"))
        .where(staff.c.ended_at.is_(None), staff.c.id > above)
        .order_by(staff.c.id)
        .limit(limit)
    )
    return list(db.execute(chosen))


def roles_of_all(db: Connection, staff_ids: list[int]) -> list[Row[Any]]:
    """{staff_id, store_id, name, role} of these people. `db` serves all stores."""
    chosen = (
        select(staff_roles.c.staff_id, staff_roles.c.store_id, stores.c.name, staff_roles.c.role)
        .join(stores, stores.c.id == staff_roles.c.store_id)
        .where(staff_roles.c.staff_id.in_(staff_ids))
        .order_by(staff_roles.c.staff_id, stores.c.name)
    )
    return list(db.execute(chosen))


def _seen_until() -> ScalarSelect[Any]:
    return (
        select(func.max(admin_sessions.c.ends_at))
        .where(admin_sessions.c.staff_id == staff.c.id)
        .correlate(staff)
        .scalar_subquery()
    )
