"""Rows of comparisons: when a store is compared next with what is settled here, and what came of it last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.stores import MAY_BE_CALLED, insert_ignoring
from core.db.tables import comparisons, stores


def load(db: Connection, store_id: int) -> Row[Any] | None:
    """The store's row; None: nobody ever compared."""
    return db.execute(select(comparisons).where(comparisons.c.store_id == store_id)).first()


def ask(db: Connection, store_id: int, due_at: datetime) -> None:
    """Have the store compared at a moment. The last result stays until then."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(comparisons).values(store_id=store_id, due_at=due_at)
    db.execute(insert.on_conflict_do_update(index_elements=["store_id"], set_={"due_at": due_at}))


def claim(db: Connection, store_id: int, now: datetime, until: datetime) -> bool:
    """True for the one who compares now; should it die, another one may at `until`."""
    first = {"store_id": store_id, "due_at": until}
    if db.execute(insert_ignoring(db, comparisons), first).rowcount:
        return True
    claimed = db.execute(
        update(comparisons)
        .where(comparisons.c.store_id == store_id, comparisons.c.due_at <= now)
        .values(due_at=until)
    )
    return claimed.rowcount == 1


def finish(
    db: Connection, store_id: int, until: datetime, next_at: datetime, **values: str | datetime | None
) -> None:
    """Store what came of a claim. Who asked for another comparison meanwhile still gets it."""
    due_at = case((comparisons.c.due_at == until, next_at), else_=comparisons.c.due_at)
    db.execute(update(comparisons).where(comparisons.c.store_id == store_id).values(due_at=due_at, **values))


def stores_due(db: Connection, now: datetime, known_before: datetime) -> list[int]:
    """Stores that may be called and are due; those never compared, if connected before a moment."""
    found = db.execute(
        select(stores.c.id)
        .outerjoin(comparisons, comparisons.c.store_id == stores.c.id)
        .where(
            *MAY_BE_CALLED,
            func.coalesce(comparisons.c.due_at <= now, stores.c.created_at < known_before),
        )
    )
    return sorted(found.scalars())
