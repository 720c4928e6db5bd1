"""Codes of a task that are not simply done: those to be made anew, and those that stayed as they were."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select

from core.db.redemption_tables import redemptions
from core.db.task_tables import task_codes
from core.domain.redemptions import State


def add_waiting(db: Connection, store_id: int, task_id: int, redemption_id: int) -> None:
    """Note that a code was taken back and is to be made anew."""
    _add(db, store_id, task_id, redemption_id, None)


def settle(db: Connection, store_id: int, task_id: int, redemption_id: int, why_failed: str) -> None:
    """Note what became of a code: it waits no more. `why_failed`: it stayed as it was; empty: it did not."""
    db.execute(
        delete(task_codes).where(
            task_codes.c.store_id == store_id,
            task_codes.c.task_id == task_id,
            task_codes.c.redemption_id == redemption_id,
        )
    )
    if why_failed:
        _add(db, store_id, task_id, redemption_id, why_failed)


def _add(db: Connection, store_id: int, task_id: int, redemption_id: int, why: str | None) -> None:
    row = {"store_id": store_id, "task_id": task_id, "redemption_id": redemption_id, "why": why}
    db.execute(task_codes.insert(), row)


def are_waiting(db: Connection, store_id: int, task_id: int) -> bool:
    """Whether any code of a task is still to be made anew."""
    chosen = select(task_codes.c.redemption_id).where(
        task_codes.c.store_id == store_id, task_codes.c.task_id == task_id, task_codes.c.why.is_(None)
    )
    return db.execute(chosen.limit(1)).first() is not None


def ready(db: Connection, store_id: int, task_id: int, limit: int) -> list[Row[Any]]:
    """Redemptions whose codes wait to be made anew and are not being switched off any more, by id."""
    joined = redemptions.join(
        task_codes,
        (task_codes.c.store_id == redemptions.c.store_id) & (task_codes.c.redemption_id == redemptions.c.id),
    )
    chosen = (
        select(redemptions)
        .select_from(joined)
        .where(
            task_codes.c.store_id == store_id,
            task_codes.c.task_id == task_id,
            task_codes.c.why.is_(None),
            redemptions.c.state != State.CANCELLING,
        )
    )
    return list(db.execute(chosen.order_by(task_codes.c.redemption_id).limit(limit)))


def failures(db: Connection, store_id: int, task_id: int, limit: int) -> dict[int, str]:
    """Why codes stayed as they were, by redemption: the first of them."""
    chosen = select(task_codes.c.redemption_id, task_codes.c.why).where(
        task_codes.c.store_id == store_id, task_codes.c.task_id == task_id, task_codes.c.why.is_not(None)
    )
    rows = db.execute(chosen.order_by(task_codes.c.redemption_id).limit(limit))
    return {row.redemption_id: row.why for row in rows}
