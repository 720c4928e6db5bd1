"""Deliveries and entries of a store as lists, newest first, page by page; each page costs what it shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, TextClause, func, select, union

from core.db.bulk import among
from core.db.inbox import State
from core.db.point_tables import IS_RARER
from core.db.tables import IS_IGNORED, IS_NEW, IS_OPEN, entries, inbox, orders
from core.domain.ledger import EntryKind

SAME_NUMBER_MOST: Final = 50
"""So many orders of one number are found: stores give a number once, but may begin anew."""
REFS_LOOKED_AT: Final = 20_000
"""So many of the newest deliveries of all stores are looked through for the platform's own id of one."""

FOUND_MOST: Final = 1_000
"""So many deliveries of what is looked for are shown at most."""

_OF_LIST: Final = (
    inbox.c.id,
    inbox.c.topic,
    inbox.c.delivery_ref,
    inbox.c.order_ref,
    inbox.c.received_at,
    inbox.c.settled_at,
    inbox.c.state,
    inbox.c.attempts,
    inbox.c.problem,
)

_Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True)
class Sought:
    """What to find."""

    order_refs: frozenset[str] = frozenset()
    inbox_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: any."""

    kind: EntryKind | None = None
    order_refs: frozenset[str] | None = None
    member_id: int | None = None


def order_refs_of(db: Connection, store_id: int, numbers: Collection[str]) -> set[str]:
    """The orders that people call by one of these numbers."""
    chosen = select(orders.c.order_ref).where(orders.c.store_id == store_id, orders.c.number.in_(numbers))
    return set(db.execute(chosen.limit(SAME_NUMBER_MOST)).scalars())


def ids_of_ref(db: Connection, store_id: int, delivery_ref: str) -> set[int]:
    """The newest deliveries that the platform calls so, REFS_LOOKED_AT numbers back.

    Bounded by number and not by a limit: behind row security a database thinks a store's rows few, and would
    rather sort all of them than go back through so many.
    """
    of_store = inbox.c.store_id == store_id
    newest = db.execute(select(inbox.c.id).where(of_store).order_by(inbox.c.id.desc()).limit(1)).scalar()
    chosen = select(inbox.c.id).where(
        of_store, inbox.c.id > (newest or 0) - REFS_LOOKED_AT, inbox.c.delivery_ref == delivery_ref
    )
    return set(db.execute(chosen.limit(SAME_NUMBER_MOST)).scalars())


def deliveries(
    db: Connection, store_id: int, state: State | None, sought: Sought | None, below: int | None, limit: int
) -> list[Row[Any]]:
    """Deliveries without their bodies, below an id. `state` None: of any; `sought` None: all."""
    chosen = select(*_OF_LIST).where(inbox.c.store_id == store_id, *_in_state(state))
    if sought is not None:
        chosen = chosen.where(among(db, inbox.c.id, _ids_of(db, store_id, sought)))
    if below is not None:
        chosen = chosen.where(inbox.c.id < below)
    return list(db.execute(chosen.order_by(inbox.c.id.desc()).limit(limit)))


def _ids_of(db: Connection, store_id: int, sought: Sought) -> set[int]:
    """The deliveries that are meant. Asked for by themselves: together with an order of ids and a limit,
    a database may rather go through all there are.
    """
    found = select(inbox.c.id).where(inbox.c.store_id == store_id)
    of_order = found.where(among(db, inbox.c.order_ref, sought.order_refs))
    of_id = found.where(among(db, inbox.c.id, sought.inbox_ids))
    return set(db.execute(union(of_order, of_id).limit(FOUND_MOST)).scalars())


def _in_state(state: State | None) -> tuple[_Condition, ...]:
    match state:
        case None:
            return ()
        case State.NEW:
            return (IS_NEW,)
        case State.IGNORED:
            return (IS_IGNORED,)
        case State.DONE:
            return (inbox.c.state == state,)
        case _:
            return (IS_OPEN, inbox.c.state == state)


def delivery(db: Connection, store_id: int, inbox_id: int) -> Row[Any] | None:
    """One delivery, with its body."""
    chosen = select(inbox).where(inbox.c.store_id == store_id, inbox.c.id == inbox_id)
    return db.execute(chosen).first()


def of_order(db: Connection, store_id: int, order_ref: str, limit: int) -> list[Row[Any]]:
    """The newest deliveries about an order, without bodies, newest first."""
    chosen = select(*_OF_LIST).where(inbox.c.store_id == store_id, inbox.c.order_ref == order_ref)
    return list(db.execute(chosen.order_by(inbox.c.id.desc()).limit(limit)))


def body_before(db: Connection, store_id: int, order_ref: str, inbox_id: int) -> bytes | None:
    """The body of the delivery about an order that came before one, while it is kept."""
    chosen = select(inbox.c.body).where(
        inbox.c.store_id == store_id, inbox.c.order_ref == order_ref, inbox.c.id < inbox_id
    )
    body: bytes | None = db.execute(chosen.order_by(inbox.c.id.desc()).limit(1)).scalar()
    return body


def points_of(db: Connection, store_id: int, order_refs: Collection[str]) -> dict[tuple[str, datetime], int]:
    """What each settling of these orders moved, by order and moment."""
    if not order_refs:
        return {}
    chosen = (
        select(entries.c.order_ref, entries.c.at, func.sum(entries.c.points))
        .where(entries.c.store_id == store_id, among(db, entries.c.order_ref, order_refs))
        .group_by(entries.c.order_ref, entries.c.at)
    )
    return {(row[0], row[1]): int(row[2]) for row in db.execute(chosen)}


def settled_last(
    db: Connection, store_id: int, order_refs: Collection[str]
) -> dict[tuple[str, datetime], int]:
    """Of the deliveries of these orders that were settled in one moment, the id of the newest."""
    if not order_refs:
        return {}
    chosen = (
        select(inbox.c.order_ref, inbox.c.settled_at, func.max(inbox.c.id))
        .where(
            inbox.c.store_id == store_id,
            among(db, inbox.c.order_ref, order_refs),
            inbox.c.settled_at.is_not(None),
        )
        .group_by(inbox.c.order_ref, inbox.c.settled_at)
    )
    return {(row[0], row[1]): int(row[2]) for row in db.execute(chosen)}


def numbers_of(db: Connection, store_id: int, order_refs: Collection[str]) -> dict[str, str]:
    """What people call these orders, where they are known and have a number."""
    if not order_refs:
        return {}
    chosen = select(orders.c.order_ref, orders.c.number).where(
        orders.c.store_id == store_id, among(db, orders.c.order_ref, order_refs), orders.c.number != ""
    )
    return {row.order_ref: row.number for row in db.execute(chosen)}


def bookings(db: Connection, store_id: int, wanted: Wanted, below: int | None, limit: int) -> list[Row[Any]]:
    """The entries that are wanted, below an id."""
    chosen = select(entries).where(entries.c.store_id == store_id)
    if wanted.kind is not None:
        chosen = chosen.where(entries.c.kind == wanted.kind)
        if wanted.kind is not EntryKind.EARN:
            chosen = chosen.where(IS_RARER)
    if wanted.order_refs is not None:
        chosen = chosen.where(among(db, entries.c.order_ref, wanted.order_refs))
    if wanted.member_id is not None:
        chosen = chosen.where(entries.c.member_id == wanted.member_id)
    if below is not None:
        chosen = chosen.where(entries.c.id < below)
    return list(db.execute(chosen.order_by(entries.c.id.desc()).limit(limit)))
