"""Keeps a demo that runs for days small: what was told long ago is dropped from the demo's own database.

The product keeps these rows, and has a reason for each; a made-up store's are worth nothing after an hour.
The ledger stays whole, as ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete, select

from core.db.tables import effects, inbox, order_snapshots

KEPT_ROWS = 500
KEPT_EFFECTS = timedelta(hours=1)


def tidy(db: Connection, store_id: int, now: datetime, kept_rows: int = KEPT_ROWS) -> None:
    """Drop all but the newest deliveries that are closed, tellings of orders, and calls that are done."""
    for table in (inbox, order_snapshots):
        oldest = _oldest_kept(db, table, store_id, kept_rows)
        if oldest is not None:
            old = delete(table).where(table.c.store_id == store_id, table.c.id < oldest)
            is_inbox = table is inbox
            db.execute(old.where(inbox.c.state.in_(("done", "ignored"))) if is_inbox else old)
    db.execute(
        delete(effects).where(
            effects.c.store_id == store_id, effects.c.state == "done", effects.c.done_at < now - KEPT_EFFECTS
        )
    )


def _oldest_kept(db: Connection, table: Table, store_id: int, kept_rows: int) -> int | None:
    newest_first = select(table.c.id).where(table.c.store_id == store_id).order_by(table.c.id.desc())
    found: int | None = db.execute(newest_first.offset(kept_rows - 1).limit(1)).scalar()
    return found
