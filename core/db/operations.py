"""What waits in all stores together, counted: for whoever runs the server."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.db.tables import IS_FAILED, IS_NEW, IS_OPEN, IS_WAITING, effects, inbox, tasks


def deliveries(db: Connection) -> list[Row[Any]]:
    """Deliveries that are not closed, by store and state: {store_id, state, number, oldest}."""
    columns = (
        inbox.c.store_id,
        inbox.c.state,
        func.count().label("number"),
        func.min(inbox.c.received_at).label("oldest"),
    )
    found: list[Row[Any]] = []
    # One after the other: each has an index that holds nothing else.
    for condition in (IS_NEW, IS_OPEN):
        chosen = select(*columns).where(condition).group_by(inbox.c.store_id, inbox.c.state)
        found.extend(db.execute(chosen.order_by(inbox.c.store_id, inbox.c.state)))
    return found


def calls(db: Connection) -> list[Row[Any]]:
    """Calls that are to be made, wait for rights or failed, by store, kind and state.

    {store_id, kind, state, number, next_at, problem} each; `problem` is one of those there are.
    """
    columns = (
        effects.c.store_id,
        effects.c.kind,
        effects.c.state,
        func.count().label("number"),
        func.min(effects.c.next_at).label("next_at"),
        func.max(effects.c.problem).label("problem"),
    )
    found: list[Row[Any]] = []
    for condition in (IS_WAITING, IS_FAILED):
        chosen = select(*columns).where(condition)
        grouped = chosen.group_by(effects.c.store_id, effects.c.kind, effects.c.state)
        found.extend(db.execute(grouped.order_by(effects.c.store_id, effects.c.kind)))
    return found


def long_work(db: Connection, limit: int) -> list[Row[Any]]:
    """Long work that goes on, rests or failed, the newest first."""
    chosen = select(tasks).where(tasks.c.state.in_(("running", "paused", "failed")))
    return list(db.execute(chosen.order_by(tasks.c.id.desc()).limit(limit)))
