"""Asking for long work, and having it rest, go on or stop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import tasks
from core.domain.staff import Who

PART_BYTES: Final = 262_144
"""Files are kept in parts of this size at most."""


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """How far a piece of work is, for a page."""

    task_id: int
    kind: str
    state: str
    """running | paused | done | failed | stopped"""
    done: int
    total: int | None
    """None: not known yet."""
    time_left: timedelta | None
    """About how long it takes still; None: nobody can tell yet, or it has ended."""
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    problem: str
    """Why it ended or waits; empty: it does neither."""
    wish: Mapping[str, Any]
    result: Mapping[str, Any]

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on by itself."""
        return self.state == "running"


def ask_task(  # noqa: PLR0913  (each is a column of the row)
    db: Connection,
    store_id: int,
    kind: str,
    wish: Mapping[str, Any],
    who: Who,
    now: datetime,
    *,
    total: int | None = None,
    state: str = "running",
) -> int:
    """Ask for a piece of work of a kind of `core.jobs.task_kinds`; its id. Ring TASKS after the commit.

    `state="paused"`: it waits to be taken up, such as an upload whose preview somebody looks at first.
    """
    row = {
        "store_id": store_id,
        "kind": kind,
        "state": state,
        "done": 0,
        "total": total,
        "wish": json.dumps(wish, ensure_ascii=False),
        "asked_by": who.name[:120],
        "asked_at": now,
        "failures": 0,
        "next_at": now,
    }
    return tasks.add(db, row)


def seen_task(row: Row[Any], now: datetime) -> TaskSeen:
    """What a page shows of a row."""
    return TaskSeen(
        task_id=row.id,
        kind=row.kind,
        state=row.state,
        done=row.done,
        total=row.total,
        time_left=_time_left(row, now),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        problem=row.problem or "",
        wish=json.loads(row.wish),
        result=json.loads(row.result) if row.result else {},
    )


def _time_left(row: Row[Any], now: datetime) -> timedelta | None:
    if row.state != "running" or not row.total or not row.done:
        return None
    took: timedelta = now - row.asked_at
    left: timedelta = took * (row.total - row.done) / row.done
    return left
