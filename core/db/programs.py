"""Rows of program versions. A version is never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from core.db.staff_tables import program_drafts
from core.db.tables import program_versions


def add_version(
    db: Connection,
    store_id: int,
    version: int,
    effective_from: datetime,
    program: str,
    now: datetime,
    *,
    applied_by: str | None = None,
) -> None:
    """Add a version. Raises IntegrityError when its number is taken."""
    db.execute(
        program_versions.insert().values(
            store_id=store_id,
            version=version,
            effective_from=effective_from,
            program=program,
            applied_at=now,
            applied_by=applied_by,
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


def newest_versions(db: Connection, store_id: int, limit: int, *, below: int | None = None) -> list[Row[Any]]:
    """Numbers of versions with who added them and when, newest first, beginning below a number."""
    chosen = select(
        program_versions.c.version, program_versions.c.applied_at, program_versions.c.applied_by
    ).where(program_versions.c.store_id == store_id)
    if below is not None:
        chosen = chosen.where(program_versions.c.version < below)
    return list(db.execute(chosen.order_by(program_versions.c.version.desc()).limit(limit)))


def draft(db: Connection, store_id: int) -> Row[Any] | None:
    """What is being written for the store's next version; None: nothing."""
    return db.execute(select(program_drafts).where(program_drafts.c.store_id == store_id)).first()


def add_draft(db: Connection, values: dict[str, Any]) -> None:
    """Begin a draft. Raises IntegrityError when somebody began one a moment ago."""
    db.execute(program_drafts.insert(), values)


def change_draft(db: Connection, store_id: int, revision: int, **values: Any) -> bool:
    """Write over the draft somebody saw; False when it is another by now."""
    changed = db.execute(
        update(program_drafts)
        .where(program_drafts.c.store_id == store_id, program_drafts.c.revision == revision)
        .values(revision=revision + 1, **values)
    )
    return changed.rowcount == 1


def drop_draft(db: Connection, store_id: int, revision: int) -> bool:
    """Delete the draft somebody saw; False when it is another by now."""
    dropped = db.execute(
        delete(program_drafts).where(
            program_drafts.c.store_id == store_id, program_drafts.c.revision == revision
        )
    )
    return dropped.rowcount == 1
