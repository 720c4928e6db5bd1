"""Rows of long work: asked for, claimed portion by portion, and how it ended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, select, update

from core.db.task_tables import IS_UNDER_WAY, task_parts, tasks


def add(db: Connection, values: dict[str, Any]) -> int:
    """Ask for a piece of work; its id."""
    task_id: int = db.execute(tasks.insert().returning(tasks.c.id), values).scalar_one()
    return task_id


def by_id(db: Connection, store_id: int, task_id: int) -> Row[Any] | None:
    """One piece of work."""
    return db.execute(select(tasks).where(tasks.c.store_id == store_id, tasks.c.id == task_id)).first()


def newest(db: Connection, store_id: int, *kinds: str, limit: int = 1) -> list[Row[Any]]:
    """The last pieces of work of these kinds, newest first."""
    chosen = select(tasks).where(tasks.c.store_id == store_id, tasks.c.kind.in_(kinds))
    return list(db.execute(chosen.order_by(tasks.c.id.desc()).limit(limit)))


def is_under_way(db: Connection, store_id: int, *kinds: str) -> bool:
    """Whether any work of these kinds goes on, or rests only."""
    chosen = select(tasks.c.id).where(
        tasks.c.store_id == store_id, tasks.c.kind.in_(kinds), tasks.c.state.in_(("running", "paused"))
    )
    return db.execute(chosen.limit(1)).first() is not None


def claim(db: Connection, store_id: int, token: str, now: datetime, until: datetime) -> Row[Any] | None:
    """The piece of work that has been due longest, claimed with this token until then; None: nothing is due.

    The start counts against it, until `change` says that a portion came to an end.
    """
    due = select(tasks.c.id).where(tasks.c.store_id == store_id, IS_UNDER_WAY, tasks.c.next_at <= now)
    task_id = db.execute(due.order_by(tasks.c.next_at, tasks.c.id).limit(1)).scalar()
    if task_id is None:
        return None
    claimed = db.execute(
        update(tasks)
        .where(tasks.c.store_id == store_id, tasks.c.id == task_id, IS_UNDER_WAY, tasks.c.next_at <= now)
        .values(token=token, next_at=until, starts=tasks.c.starts + 1)
    )
    return by_id(db, store_id, task_id) if claimed.rowcount == 1 else None


def prove(db: Connection, store_id: int, task_id: int, token: str, until: datetime) -> bool:
    """First statement of each of its transactions: False when it was stopped, or is another worker's."""
    proven = db.execute(
        update(tasks)
        .where(tasks.c.store_id == store_id, tasks.c.id == task_id, tasks.c.token == token, IS_UNDER_WAY)
        .values(next_at=until)
    )
    return proven.rowcount == 1


def change(db: Connection, store_id: int, task_id: int, **values: Any) -> None:
    """Write how far it is, or how it ended."""
    db.execute(update(tasks).where(tasks.c.store_id == store_id, tasks.c.id == task_id).values(**values))


def end(db: Connection, store_id: int, task_id: int, state: str, now: datetime) -> bool:
    """Stop, pause or take up work by hand; False when it has ended already."""
    ended = db.execute(
        update(tasks)
        .where(tasks.c.store_id == store_id, tasks.c.id == task_id, tasks.c.state.in_(("running", "paused")))
        .values(state=state, token=None, next_at=now, ended_at=now if state == "stopped" else None, starts=0)
    )
    return ended.rowcount == 1


def stores_with_due(db: Connection, now: datetime) -> set[int]:
    """Stores in which work is due."""
    return set(db.execute(select(tasks.c.store_id).where(IS_UNDER_WAY, tasks.c.next_at <= now)).scalars())


def add_part(db: Connection, store_id: int, task_id: int, number: int, sealed: bytes) -> None:
    """Keep a part of a file, sealed."""
    row = {"store_id": store_id, "task_id": task_id, "number": number, "part": sealed}
    db.execute(task_parts.insert(), row)


def part(db: Connection, store_id: int, task_id: int, number: int) -> bytes | None:
    """One part, sealed; None: there are no more."""
    chosen = select(task_parts.c.part).where(
        task_parts.c.store_id == store_id, task_parts.c.task_id == task_id, task_parts.c.number == number
    )
    found: bytes | None = db.execute(chosen).scalar()
    return found


def drop_parts(db: Connection, store_id: int, task_id: int) -> None:
    """Delete the files of a piece of work."""
    db.execute(delete(task_parts).where(task_parts.c.store_id == store_id, task_parts.c.task_id == task_id))


def take_up(
    db: Connection, store_id: int, task_id: int, states: Collection[str], now: datetime, **values: Any
) -> bool:
    """Have work go on that is in one of these states; False when it is not, such as at a second click."""
    taken = db.execute(
        update(tasks)
        .where(tasks.c.store_id == store_id, tasks.c.id == task_id, tasks.c.state.in_(states))
        .values(
            state="running",
            token=None,
            next_at=now,
            ended_at=None,
            problem=None,
            failures=0,
            starts=0,
            **values,
        )
    )
    return taken.rowcount == 1


def lock_all(db: Connection, store_id: int, *kinds: str) -> list[Row[Any]]:
    """All work of these kinds that was ever asked for, newest first, locked until the transaction ends."""
    chosen = select(tasks).where(tasks.c.store_id == store_id, tasks.c.kind.in_(kinds))
    return list(db.execute(chosen.order_by(tasks.c.id.desc()).with_for_update()))


def drop_parts_between(db: Connection, store_id: int, task_id: int, first: int, until: int) -> None:
    """Delete one file of a piece of work: its numbers from `first` on and below `until`."""
    db.execute(
        delete(task_parts).where(
            task_parts.c.store_id == store_id,
            task_parts.c.task_id == task_id,
            task_parts.c.number >= first,
            task_parts.c.number < until,
        )
    )


def with_old_parts(
    db: Connection, store_id: int, kinds: Collection[str], asked_before: datetime, limit: int
) -> list[int]:
    """Work of these kinds that was asked for before then and still has files."""
    has_parts = exists().where(task_parts.c.store_id == tasks.c.store_id, task_parts.c.task_id == tasks.c.id)
    chosen = select(tasks.c.id).where(
        tasks.c.store_id == store_id, tasks.c.kind.in_(kinds), tasks.c.asked_at < asked_before, has_parts
    )
    return list(db.execute(chosen.order_by(tasks.c.id).limit(limit)).scalars())
