"""Rows of backups that were taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from core.db.backup_tables import backups


def add(db: Connection, taken_at: datetime, size_bytes: int, *, has_keys: bool) -> None:
    """One was written and found whole."""
    row = {"taken_at": taken_at, "size_bytes": size_bytes, "has_keys": has_keys}
    db.execute(backups.insert(), row)


def newest(db: Connection) -> Row[Any] | None:
    """The last one; None: none was ever taken of this database."""
    return db.execute(select(backups).order_by(backups.c.id.desc()).limit(1)).first()
