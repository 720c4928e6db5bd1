"""Files of a store's data when somebody of it is forgotten: they name her, and go."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from core.db import tasks
from core.services.data_tasks import APPLY, EXPORT, KINDS
from core.services.task_files import drop_named_files

WHY: Final = "Somebody was forgotten meanwhile, and the file named them. Begin anew."


def drop_data_files(db: Connection, store_id: int, now: datetime) -> None:
    """Delete exports and uploads. What is being booked is booked: its lines lose their names as they are."""
    for row in tasks.newest(db, store_id, *KINDS, limit=1000):
        if (row.place or "").startswith(APPLY):
            drop_named_files(db, store_id, row.id)
            continue
        if row.state in {"running", "paused"} or (row.kind == EXPORT and row.state == "done"):
            tasks.change(
                db, store_id, row.id, state="stopped", token=None, ended_at=row.ended_at or now, problem=WHY
            )
        tasks.drop_parts(db, store_id, row.id)
