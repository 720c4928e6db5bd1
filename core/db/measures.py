"""What a monitor wants to know of all stores together, read from small indexes however long the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select

from core.db.tables import IS_NEW, IS_OPEN, IS_WAITING, effects, inbox, notices, stores
from core.db.ticks import last_ticks


@dataclass(frozen=True, slots=True)
class Measures:
    """One look at the whole installation."""

    stores: dict[str, int]
    """By state."""
    deliveries: dict[str, int]
    """Waiting ones by state: what has been settled is not counted."""
    oldest_waiting_at: datetime | None
    effects: dict[tuple[str, str], int]
    """Waiting ones by kind and state."""
    notices: dict[str, int]
    """What merchants should know, by kind."""
    ticks: dict[str, datetime]
    """When the beat did each thing last."""


def measure(db: Connection) -> Measures:
    """One look over all stores; a fixed number of queries."""
    waiting = counted(db, inbox, [inbox.c.state], IS_NEW) | counted(db, inbox, [inbox.c.state], IS_OPEN)
    return Measures(
        stores=_by_one(counted(db, stores, [stores.c.state])),
        deliveries=_by_one(waiting),
        oldest_waiting_at=db.execute(select(func.min(inbox.c.received_at)).where(IS_NEW)).scalar(),
        effects={
            (kind, state): number
            for (kind, state), number in counted(
                db, effects, [effects.c.kind, effects.c.state], IS_WAITING
            ).items()
        },
        notices=_by_one(counted(db, notices, [notices.c.kind])),
        ticks=last_ticks(db),
    )


def counted(db: Connection, table: Table, by: list[Column[Any]], *which: Any) -> dict[tuple[str, ...], int]:
    """How many rows there are of each combination."""
    found = db.execute(select(*by, func.count()).select_from(table).where(*which).group_by(*by))
    return {tuple(row[:-1]): row[-1] for row in found}


def _by_one(counts: dict[tuple[str, ...], int]) -> dict[str, int]:
    return {key[0]: number for key, number in counts.items()}
