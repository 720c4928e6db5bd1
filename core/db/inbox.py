"""Rows of the inbox: what stores delivered, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, case, func, literal, select, update

from core.db.bulk import among, insert_many, update_many
from core.db.stores import insert_ignoring
from core.db.tables import IS_NEW, IS_OPEN, inbox, orders
from core.db.types import Moment


class State(StrEnum):
    """What became of a delivery."""

    NEW = "new"
    DONE = "done"
    IGNORED = "ignored"
    HELD = "held"
    NEEDS_FETCH = "needs_fetch"
    DEAD = "dead"
    QUARANTINED = "quarantined"


def fetched(store_id: int, topic: str, dedupe: bytes, body: bytes | None, now: datetime) -> dict[str, Any]:
    """The row of what we asked the store for ourselves. `dedupe`: what would make another the same."""
    return {
        "store_id": store_id,
        "topic": topic,
        "delivery_ref": "",
        "dedupe": dedupe,
        "body": body,
        "received_at": now,
        "state": State.NEW,
        "attempts": 0,
        "next_at": now,
    }


def add_delivery(db: Connection, values: Mapping[str, Any]) -> bool:
    """Store a delivery as received; False when a byte-identical one is there already."""
    return bool(db.execute(insert_ignoring(db, inbox), values).rowcount)


def add_deliveries(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store deliveries as received, in one statement; those that are there already are passed over."""
    insert_many(db, inbox, rows, pass_over_taken=True)


def states(db: Connection, store_id: int, dedupes: Collection[bytes]) -> dict[bytes, State]:
    """What became of the deliveries that have these keys, by key; those without one are left out."""
    if not dedupes:
        return {}
    found = db.execute(
        select(inbox.c.dedupe, inbox.c.state).where(
            inbox.c.store_id == store_id, among(db, inbox.c.dedupe, dedupes)
        )
    )
    return {bytes(row.dedupe): State(row.state) for row in found}


def due(db: Connection, store_id: int, now: datetime, limit: int) -> list[Row[Any]]:
    """The oldest deliveries waiting to be settled, in order of arrival."""
    return list(
        db.execute(
            select(
                inbox.c.id,
                inbox.c.topic,
                inbox.c.body,
                inbox.c.received_at,
                inbox.c.vouched_at,
                inbox.c.triggered_at,
                inbox.c.settled_at,
            )
            .where(inbox.c.store_id == store_id, IS_NEW, inbox.c.next_at <= now)
            .order_by(inbox.c.id)
            .limit(limit)
        )
    )


def has_due(db: Connection, store_id: int, now: datetime) -> bool:
    """Whether anything waits."""
    found = db.execute(
        select(inbox.c.id).where(inbox.c.store_id == store_id, IS_NEW, inbox.c.next_at <= now).limit(1)
    )
    return found.first() is not None


def stores_with_due(db: Connection, now: datetime) -> list[int]:
    """Every store that something waits for."""
    found = db.execute(select(inbox.c.store_id).where(IS_NEW, inbox.c.next_at <= now).distinct())
    return list(found.scalars())


def close(db: Connection, store_id: int, outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of deliveries: {id, state, order_ref, problem, settled_at} each."""
    update_many(db, inbox, store_id, "id", outcomes)


def wait_no_longer(db: Connection, store_id: int, state: State, order_refs: Collection[str]) -> None:
    """Close what waits in `state` for orders that a newer telling has overtaken."""
    db.execute(
        update(inbox)
        .where(
            inbox.c.store_id == store_id,
            among(db, inbox.c.order_ref, order_refs),
            inbox.c.state == state,
        )
        .values(state="done", problem=None)
    )


def charge_try(
    db: Connection, store_id: int, row_id: int, problem: str, next_at: datetime, tries_most: int
) -> None:
    """Count a failed try of one delivery that failed alone; after the last one it is dead."""
    tried = inbox.c.attempts + 1
    db.execute(
        update(inbox)
        .where(inbox.c.store_id == store_id, inbox.c.id == row_id, inbox.c.state == "new")
        .values(attempts=tried, next_at=next_at, problem=problem)
    )
    db.execute(
        update(inbox)
        .where(inbox.c.store_id == store_id, inbox.c.id == row_id, inbox.c.attempts >= tries_most)
        .values(state="dead")
    )


def attempts_of(db: Connection, store_id: int, row_id: int) -> int:
    """How often a delivery failed alone so far."""
    found = db.execute(select(inbox.c.attempts).where(inbox.c.store_id == store_id, inbox.c.id == row_id))
    return int(found.scalar() or 0)


def counts(db: Connection, store_id: int) -> dict[str, int]:
    """How many deliveries are in each state; every state is named."""
    found = db.execute(
        select(inbox.c.state, func.count()).where(inbox.c.store_id == store_id).group_by(inbox.c.state)
    )
    counted: dict[str, int] = dict(tuple(row) for row in found)
    return {state.value: counted.get(state.value, 0) for state in State}


def open_counts(db: Connection, store_id: int, most: int) -> dict[State, int]:
    """How many deliveries wait in each state that is not the end; counted no further than `most`.

    Unlike `counts`, it costs the same however many deliveries are settled.
    """
    states = (State.NEW, State.HELD, State.NEEDS_FETCH, State.DEAD, State.QUARANTINED)
    counted = [_count_of(store_id, state, most).label(state.value) for state in states]
    row = db.execute(select(*counted)).one()
    return {state: int(getattr(row, state.value)) for state in states}


def _count_of(store_id: int, state: State, most: int) -> ScalarSelect[int]:
    are_in = (IS_NEW,) if state is State.NEW else (IS_OPEN, inbox.c.state == state)
    chosen = select(inbox.c.id).where(inbox.c.store_id == store_id, *are_in)
    return select(func.count()).select_from(chosen.limit(most).subquery()).scalar_subquery()


def listed(db: Connection, store_id: int, state: State) -> list[Row[Any]]:
    """What is in a state that wants somebody's look, newest first, without the bodies."""
    wanted = (
        inbox.c.id,
        inbox.c.topic,
        inbox.c.received_at,
        inbox.c.attempts,
        inbox.c.problem,
        inbox.c.order_ref,
    )
    return list(
        db.execute(
            select(*wanted)
            .where(inbox.c.store_id == store_id, IS_OPEN, inbox.c.state == state)
            .order_by(inbox.c.id.desc())
        )
    )


def replay(
    db: Connection, store_id: int, now: datetime, *, row_id: int | None, states: Collection[str]
) -> int:
    """Put deliveries in one of `states` (one row, or all) back in line with all tries; returns how many.

    Whoever replays a quarantined delivery vouches for it.
    """
    chosen = [inbox.c.store_id == store_id, inbox.c.state.in_(states), inbox.c.body.is_not(None)]
    if row_id is not None:
        chosen.append(inbox.c.id == row_id)
    vouched = case((inbox.c.state == "quarantined", literal(now, Moment())), else_=inbox.c.vouched_at)
    changed = db.execute(
        update(inbox)
        .where(*chosen)
        .values(state="new", attempts=0, next_at=now, problem=None, vouched_at=vouched)
    )
    return int(changed.rowcount)


def dismiss(db: Connection, store_id: int, row_id: int, states: Collection[str]) -> bool:
    """Close a delivery in one of `states` for good, as saying nothing; False when it is in none of them."""
    changed = db.execute(
        update(inbox)
        .where(inbox.c.store_id == store_id, inbox.c.id == row_id, inbox.c.state.in_(states))
        .values(state="ignored")
    )
    return changed.rowcount == 1


def replay_held(db: Connection, store_id: int, held: str, now: datetime) -> int:
    """Put the held deliveries of orders that are `held` for this reason back in line; returns how many."""
    waiting = select(orders.c.order_ref).where(orders.c.store_id == store_id, orders.c.held == held)
    changed = db.execute(
        update(inbox)
        .where(
            inbox.c.store_id == store_id,
            inbox.c.state == "held",
            inbox.c.body.is_not(None),
            inbox.c.order_ref.in_(waiting),
        )
        .values(state="new", attempts=0, next_at=now, problem=None)
    )
    return int(changed.rowcount)


def held_by_reason(db: Connection, store_id: int) -> dict[str, int]:
    """How many orders have a held delivery, by why the order is held."""
    waiting = (
        select(inbox.c.order_ref)
        .where(inbox.c.store_id == store_id, inbox.c.state == "held", IS_OPEN)
        .distinct()
        .subquery()
    )
    counted = (
        select(orders.c.held, func.count())
        .join(waiting, orders.c.order_ref == waiting.c.order_ref)
        .where(orders.c.store_id == store_id, orders.c.held.is_not(None))
        .group_by(orders.c.held)
    )
    return {held: int(number) for held, number in db.execute(counted)}


def store_of(db: Connection, store_ids: Collection[int], row_id: int) -> int | None:
    """Which of these stores a delivery belongs to; None when to none of them."""
    found: int | None = db.execute(
        select(inbox.c.store_id).where(inbox.c.store_id.in_(store_ids), inbox.c.id == row_id)
    ).scalar()
    return found


def oldest_waiting(db: Connection, store_id: int) -> datetime | None:
    """When the delivery that waits longest was received."""
    found = db.execute(select(func.min(inbox.c.received_at)).where(inbox.c.store_id == store_id, IS_NEW))
    moment: datetime | None = found.scalar()
    return moment
