"""Rows of what people changed. They are only ever added."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from core.db.staff_tables import changes


def add(db: Connection, values: dict[str, Any]) -> int:
    """Write one down; its id."""
    change_id: int = db.execute(changes.insert().returning(changes.c.id), values).scalar_one()
    return change_id


def newest(db: Connection, store_id: int, limit: int, *, below: int | None = None) -> list[Row[Any]]:
    """Changes of a store, newest first, beginning below an id."""
    chosen = select(changes).where(changes.c.store_id == store_id)
    if below is not None:
        chosen = chosen.where(changes.c.id < below)
    return list(db.execute(chosen.order_by(changes.c.id.desc()).limit(limit)))
