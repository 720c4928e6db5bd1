"""Rows of tries to sign in that failed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from core.db.staff_tables import sign_in_failures


def count_since(db: Connection, key: bytes, since: datetime) -> int:
    """How many there were under a key."""
    chosen = select(func.count()).where(sign_in_failures.c.key == key, sign_in_failures.c.at > since)
    return db.execute(chosen.select_from(sign_in_failures)).scalar_one()


def add(db: Connection, keys: Collection[bytes], now: datetime) -> list[int]:
    """One more under each key; the ids of the rows."""
    insert = sign_in_failures.insert().returning(sign_in_failures.c.id)
    return [db.execute(insert, {"key": key, "at": now}).scalar_one() for key in keys]


def remove(db: Connection, row_ids: Collection[int]) -> None:
    """These were no failures."""
    db.execute(delete(sign_in_failures).where(sign_in_failures.c.id.in_(row_ids)))


def forget_before(db: Connection, moment: datetime) -> None:
    """Drop those that count no more."""
    db.execute(delete(sign_in_failures).where(sign_in_failures.c.at <= moment))
