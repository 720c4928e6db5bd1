"""Rows of staff and their roles."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from core.db.staff_tables import staff, staff_roles


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
