"""Rows of adjustments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from core.db.bulk import among
from core.db.tables import adjustments, staff_roles


def add(db: Connection, values: dict[str, Any]) -> int:
    """Note one; its id. Raises IntegrityError when its token is taken."""
    adjustment_id: int = db.execute(adjustments.insert().returning(adjustments.c.id), values).scalar_one()
    return adjustment_id


def by_id(db: Connection, store_id: int, adjustment_id: int) -> Row[Any] | None:
    """One adjustment of this store."""
    return _first(db, store_id, adjustments.c.id == adjustment_id)


def by_token(db: Connection, store_id: int, token: str) -> Row[Any] | None:
    """The adjustment that came of a form."""
    return _first(db, store_id, adjustments.c.token == token)


def _first(db: Connection, store_id: int, which: ColumnElement[bool]) -> Row[Any] | None:
    return db.execute(select(adjustments).where(adjustments.c.store_id == store_id, which)).first()


def by_ids(db: Connection, store_id: int, adjustment_ids: Collection[int]) -> dict[int, Row[Any]]:
    """These adjustments, by id."""
    found = db.execute(
        select(adjustments).where(
            adjustments.c.store_id == store_id, among(db, adjustments.c.id, adjustment_ids)
        )
    )
    return {row.id: row for row in found}


def of_members(db: Connection, store_id: int, member_ids: Collection[int]) -> list[Row[Any]]:
    """All of these members, the oldest first."""
    chosen = select(adjustments).where(
        adjustments.c.store_id == store_id, among(db, adjustments.c.member_id, member_ids)
    )
    return list(db.execute(chosen.order_by(adjustments.c.id)))


def lock_limit(db: Connection, store_id: int, staff_id: int) -> None:
    """Have what one person adjusts happen one after the other until the transaction ends."""
    db.execute(
        select(staff_roles.c.staff_id)
        .where(staff_roles.c.store_id == store_id, staff_roles.c.staff_id == staff_id)
        .with_for_update()
    ).first()


def counted_since(db: Connection, store_id: int, staff_id: int | None, since: datetime) -> int:
    """Points that one person gave or took since then, all members together."""
    found = db.execute(
        select(func.coalesce(func.sum(adjustments.c.counted_points), 0)).where(
            adjustments.c.store_id == store_id,
            adjustments.c.staff_id == staff_id,
            adjustments.c.at >= since,
        )
    )
    return int(found.scalar_one())


def change(db: Connection, store_id: int, adjustment_id: int, **values: Any) -> None:
    """Write some columns of one."""
    db.execute(
        update(adjustments)
        .where(adjustments.c.store_id == store_id, adjustments.c.id == adjustment_id)
        .values(**values)
    )


def forget_notes(db: Connection, store_id: int, member_ids: Collection[int]) -> None:
    """Blank what was written about these members: it may name them."""
    db.execute(
        update(adjustments)
        .where(adjustments.c.store_id == store_id, among(db, adjustments.c.member_id, member_ids))
        .values(notes=None)
    )
