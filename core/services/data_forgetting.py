"""Files of a store's data when somebody of it is forgotten: they name her, and go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import tasks
from core.domain.balance_files import Line
from core.domain.people import email_key
from core.services.balance_checking import as_bytes, from_bytes
from core.services.data_tasks import APPLY, BALANCES, EXPORT, KINDS
from core.services.task_files import KeptFile, TaskFile, drop_named_files
from core.services.terms import Sealing

WHY: Final = "Somebody was forgotten meanwhile, and the file named them. Begin anew."


@dataclass(frozen=True, slots=True)
class Forgotten:
    """By what a line of a file is known to be theirs."""

    customer_refs: Collection[str]
    email_keys: Collection[bytes]


def drop_data_files(db: Connection, store_id: int, whose: Forgotten, sealing: Sealing, now: datetime) -> None:
    """Delete exports and uploads. What is being booked goes on without the lines of whoever is forgotten."""
    for row in tasks.newest(db, store_id, *KINDS, limit=1000):
        if (row.place or "").startswith(APPLY):
            drop_named_files(db, store_id, row.id)
            if row.kind == BALANCES and row.state != "done":
                _unname_lines(db, store_id, row, whose, sealing)
            continue
        if row.state in {"running", "paused"} or (row.kind == EXPORT and row.state == "done"):
            tasks.change(
                db, store_id, row.id, state="stopped", token=None, ended_at=row.ended_at or now, problem=WHY
            )
        tasks.drop_parts(db, store_id, row.id)


def _unname_lines(db: Connection, store_id: int, task: Row[Any], whose: Forgotten, sealing: Sealing) -> None:
    """Take the names off lines that are not booked yet. A line of nobody is never booked."""
    rows = KeptFile(store_id, task.id, TaskFile.ROWS, sealing.secrets)
    for number in count(int(task.place.partition(":")[2] or 0)):
        kept = rows.part(db, number)
        if kept is None:
            return
        lines = from_bytes(kept)
        left = [_unnamed(line, store_id, whose, sealing) for line in lines]
        if left != lines:
            rows.replace(db, number, as_bytes(left))


def _unnamed(line: Line, store_id: int, whose: Forgotten, sealing: Sealing) -> Line:
    is_theirs = line.customer_ref in whose.customer_refs or (
        line.email is not None and email_key(sealing.identity_key, store_id, line.email) in whose.email_keys
    )
    return replace(line, email=None, customer_ref=None) if is_theirs else line
