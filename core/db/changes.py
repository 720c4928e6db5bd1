"""Rows of what people changed. They are only ever added."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, select

from core.db.staff_tables import changes


def add(db: Connection, values: dict[str, Any]) -> int:
    """Write one down; its id."""
    change_id: int = db.execute(changes.insert().returning(changes.c.id), values).scalar_one()
    return change_id


LOOKED_AT_MOST: Final = 2_000
"""So many of the newest changes say who did anything lately, and what."""


def newest(
    db: Connection,
    store_id: int,
    limit: int,
    *,
    below: int | None = None,
    who: str | None = None,
    action: str | None = None,
) -> list[Row[Any]]:
    """Changes of a store, newest first, beginning below an id; of one person, of one kind."""
    chosen = select(changes).where(changes.c.store_id == store_id)
    if below is not None:
        chosen = chosen.where(changes.c.id < below)
    if who is not None:
        chosen = chosen.where(changes.c.who == who)
    if action is not None:
        chosen = chosen.where(changes.c.action == action)
    return list(db.execute(chosen.order_by(changes.c.id.desc()).limit(limit)))


def who_did_what(db: Connection, store_id: int) -> tuple[set[str], set[str]]:
    """The names and the actions among the newest changes."""
    lately = (
        select(changes.c.who, changes.c.action)
        .where(changes.c.store_id == store_id)
        .order_by(changes.c.id.desc())
        .limit(LOOKED_AT_MOST)
        .subquery()
    )
    rows = db.execute(select(lately.c.who, lately.c.action).distinct()).all()
    return {row.who for row in rows}, {row.action for row in rows}
