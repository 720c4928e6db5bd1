"""Rows of program versions. A version is never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from core.db.tables import program_versions


def add_version(
    db: Connection, store_id: int, version: int, effective_from: datetime, program: str, now: datetime
) -> None:
    """Add a version. Raises IntegrityError when its number is taken."""
    db.execute(
        program_versions.insert().values(
            store_id=store_id, version=version, effective_from=effective_from, program=program, applied_at=now
        )
    )


def versions_of(db: Connection, store_id: int) -> list[Row[Any]]:
    """All program versions of the store, oldest first."""
    found = db.execute(
        select(program_versions)
        .where(program_versions.c.store_id == store_id)
        .order_by(program_versions.c.version)
    )
    return list(found)
