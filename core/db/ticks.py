"""Which of several beats may tick: one at a time, by a lease in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from core.db.stores import insert_ignoring
from core.db.tables import ticks


def take_tick(db: Connection, name: str, now: datetime, until: datetime) -> bool:
    """True for the one beat that may tick now; nobody else may before `until`."""
    db.execute(insert_ignoring(db, ticks), {"name": name})
    taken = db.execute(
        update(ticks)
        .where(ticks.c.name == name, or_(ticks.c.until.is_(None), ticks.c.until <= now))
        .values(until=until, last_at=now)
    )
    return taken.rowcount == 1


def last_ticks(db: Connection) -> dict[str, datetime]:
    """When each kind of tick last happened."""
    found = db.execute(ticks.select())
    return {row.name: row.last_at for row in found if row.last_at is not None}


def resting(db: Connection, now: datetime) -> set[str]:
    """The kinds of tick that nobody may do yet."""
    return set(db.execute(select(ticks.c.name).where(ticks.c.until > now)).scalars())
