"""The raw bodies of deliveries: how they are found and dropped. What they said stays in the snapshots."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, case, select, update

from core.db.bulk import among
from core.db.tables import IS_CLOSED_WITH_BODY, inbox

FORGOTTEN: Final = "forgotten with the one it was about"
_KEEP_THEIR_STATE: Final = ("done", "ignored", "needs_fetch")


def drop(db: Connection, store_id: int, row_ids: Collection[int]) -> None:
    """Drop the bodies of deliveries that were worked through, and what went wrong with them, which may quote.

    One that waits for somebody, who would need the body, waits no longer.
    """
    if row_ids:
        _drop(db, store_id, among(db, inbox.c.id, row_ids))


def drop_of_orders(db: Connection, store_id: int, order_refs: Collection[str]) -> None:
    """The same for all deliveries about these orders."""
    if order_refs:
        _drop(db, store_id, among(db, inbox.c.order_ref, order_refs))


def _drop(db: Connection, store_id: int, chosen: Any) -> None:
    stays = inbox.c.state.in_(_KEEP_THEIR_STATE)
    db.execute(
        update(inbox)
        .where(inbox.c.store_id == store_id, chosen, inbox.c.state != "new", inbox.c.body.is_not(None))
        .values(
            body=None,
            problem=case((inbox.c.state == "needs_fetch", inbox.c.problem), (stays, None), else_=FORGOTTEN),
            state=case((stays, inbox.c.state), else_="ignored"),
        )
    )


def portion(db: Connection, store_id: int, after: int, until: int, limit: int) -> list[Row[Any]]:
    """Deliveries with bodies, worked through, by id: behind `after`, up to `until`."""
    return list(
        db.execute(
            select(inbox.c.id, inbox.c.topic, inbox.c.body, inbox.c.received_at)
            .where(
                inbox.c.store_id == store_id,
                inbox.c.id > after,
                inbox.c.id <= until,
                inbox.c.state != "new",
                inbox.c.body.is_not(None),
            )
            .order_by(inbox.c.id)
            .limit(limit)
        )
    )


def of_orders(db: Connection, store_id: int, order_refs: Collection[str]) -> list[Row[Any]]:
    """The deliveries about these orders that still have bodies, in order of arrival."""
    return list(
        db.execute(
            select(inbox.c.id, inbox.c.topic, inbox.c.body, inbox.c.received_at)
            .where(
                inbox.c.store_id == store_id,
                among(db, inbox.c.order_ref, order_refs),
                inbox.c.body.is_not(None),
            )
            .order_by(inbox.c.id)
        )
    )


def purge(db: Connection, store_id: int, before: datetime, limit: int) -> int:
    """Drop the bodies of closed deliveries received before a moment, at most so many; how many."""
    old = (
        select(inbox.c.id)
        .where(inbox.c.store_id == store_id, IS_CLOSED_WITH_BODY, inbox.c.received_at < before)
        .limit(limit)
    )
    row_ids = list(db.execute(old).scalars())
    if row_ids:
        db.execute(
            update(inbox)
            .where(inbox.c.store_id == store_id, among(db, inbox.c.id, row_ids), IS_CLOSED_WITH_BODY)
            .values(body=None)
        )
    return len(row_ids)
