"""How far a store's codes have been looked through for those that should not be."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from core.db.redemption_tables import code_sweeps, redemptions


def cursor(db: Connection, store_id: int) -> str | None:
    """Where to go on, in the platform's words; None: at the beginning."""
    found: str | None = db.execute(
        select(code_sweeps.c.cursor).where(code_sweeps.c.store_id == store_id)
    ).scalar()
    return found


def go_on_at(db: Connection, store_id: int, cursor: str) -> None:
    """Note where to go on."""
    _write(db, store_id, cursor=cursor)


def finish(db: Connection, store_id: int, now: datetime) -> None:
    """Note that all codes were looked through, or cannot be; the next time begins at the beginning."""
    _write(db, store_id, cursor=None, swept_at=now)


def _write(db: Connection, store_id: int, **values: str | datetime | None) -> None:
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    db.execute(
        dialect.insert(code_sweeps)
        .values(store_id=store_id, **values)
        .on_conflict_do_update(index_elements=["store_id"], set_=values)
    )


def stores_due(db: Connection, before: datetime) -> set[int]:
    """Stores with redemptions whose codes were never looked through, in part, or last before a moment."""
    is_recent = and_(code_sweeps.c.cursor.is_(None), code_sweeps.c.swept_at > before)
    found = db.execute(
        select(redemptions.c.store_id)
        .distinct()
        .outerjoin(code_sweeps, code_sweeps.c.store_id == redemptions.c.store_id)
        .where(or_(code_sweeps.c.store_id.is_(None), code_sweeps.c.swept_at.is_(None), ~is_recent))
    )
    return set(found.scalars())
