"""How the whole installation stands, as far as its database knows, for whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import backups, effects, health, operations, stores, tasks, ticks
from core.db.inbox import State
from core.domain.errors import Refused
from core.domain.staff import Who
from core.domain.stores import Store
from core.services.noting import note_change
from core.services.tasking import TaskSeen, seen_task

TASKS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class StoreQueue:
    """What waits in one store."""

    store: Store
    numbers: Mapping[str, int]
    """Deliveries by state; every state that is open is named."""
    oldest: datetime | None
    """When the one was received that waits longest to be counted; None: none waits."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of one kind to one store that are in one state."""

    store: Store
    kind: str
    state: str
    """pending | parked | failed"""
    number: int
    next_at: datetime
    problem: str
    """Of one of them; empty: nothing went wrong."""


@dataclass(frozen=True, slots=True)
class LongWork:
    """A piece of long work, and where."""

    store: Store
    task: TaskSeen


@dataclass(frozen=True, slots=True)
class Operations:
    """All of it, at one moment."""

    stores: list[Store]
    queues: list[StoreQueue]
    calls: list[Calls]
    work: list[LongWork]
    ticks: Mapping[str, datetime]
    database: str
    size_bytes: int | None
    revision: str
    backup: Row[Any] | None

    @property
    def waiting(self) -> int:
        """Deliveries that wait to be counted."""
        return sum(queue.numbers[State.NEW] for queue in self.queues)

    @property
    def oldest(self) -> datetime | None:
        """When the one was received that waits longest."""
        return min((queue.oldest for queue in self.queues if queue.oldest is not None), default=None)

    @property
    def stuck(self) -> int:
        """What goes on only when somebody does something."""
        dead = sum(queue.numbers[State.DEAD] + queue.numbers[State.QUARANTINED] for queue in self.queues)
        return dead + sum(one.number for one in self.calls if one.state != "pending")


OPEN: Final = (State.NEW, State.HELD, State.NEEDS_FETCH, State.DEAD, State.QUARANTINED)


def operations_seen(db: Connection, now: datetime) -> Operations:
    """What there is to see, by a fixed number of queries. `db` sees all stores."""
    known = {store.store_id: store for store in stores.all_stores(db)}
    return Operations(
        stores=list(known.values()),
        queues=_queues(known, operations.deliveries(db)),
        calls=[
            Calls(known[row.store_id], row.kind, row.state, int(row.number), row.next_at, row.problem or "")
            for row in operations.calls(db)
            if row.store_id in known
        ],
        work=[
            LongWork(known[row.store_id], seen_task(row, now))
            for row in operations.long_work(db, TASKS_SHOWN)
            if row.store_id in known
        ],
        ticks=ticks.last_ticks(db),
        database=health.server(db),
        size_bytes=health.size_bytes(db),
        revision=health.revision(db),
        backup=backups.newest(db),
    )


def _queues(known: Mapping[int, Store], rows: list[Row[Any]]) -> list[StoreQueue]:
    numbers: dict[int, dict[str, int]] = {}
    oldest: dict[int, datetime] = {}
    for row in rows:
        numbers.setdefault(row.store_id, dict.fromkeys(OPEN, 0))[row.state] = int(row.number)
        if row.state == State.NEW:
            oldest[row.store_id] = row.oldest
    return [
        StoreQueue(known[store_id], numbers[store_id], oldest.get(store_id))
        for store_id in sorted(numbers)
        if store_id in known
    ]


def try_calls_again(db: Connection, store_id: int, kind: str, state: str, who: Who, now: datetime) -> int:
    """Make calls due that wait for rights or failed; how many. Raises Refused for any other state or kind."""
    if kind not in effects.KINDS or state not in {"parked", "failed"}:
        raise Refused("There is nothing of that kind to try again.")
    if state == "parked":
        number = effects.unpark(db, store_id, [kind], now)
    else:
        number = effects.try_failed_again(db, store_id, kind, now)
    if number:
        note_change(db, store_id, who, "calls.tried_again", f"{kind} {state}", now, after={"calls": number})
    return number


def stop_task(db: Connection, store_id: int, task_id: int, who: Who, now: datetime) -> bool:
    """Have a piece of long work end where it is; False when it had ended."""
    is_stopped = tasks.end(db, store_id, task_id, "stopped", now)
    if is_stopped:
        note_change(db, store_id, who, "task.stopped", f"task {task_id}", now)
    return is_stopped
