"""What happened in a store, as lists: deliveries with what they moved, entries with their sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import activity
from core.db.activity import Sought, Wanted
from core.db.inbox import State
from core.domain.ledger import EntryKind

ROWS_A_PAGE: Final = 50
LONGEST_SEARCH: Final = 120
_HIGHEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery and what became of it."""

    inbox_id: int
    topic: str
    delivery_ref: str
    order_ref: str | None
    """None until it was settled, and for what tells of no order."""
    number: str
    """What people call the order; empty: nobody knows."""
    received_at: datetime
    settled_at: datetime | None
    state: State
    problem: str
    points: int
    """Moved by it alone; of several of one order that were settled together the newest has them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the ledger."""

    entry_id: int
    member_id: int
    kind: EntryKind
    points: int
    order_ref: str | None
    number: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deliveries:
    """One page."""

    rows: tuple[Delivered, ...]
    next_below: int | None
    """Where the next page begins; None: this was the last."""


@dataclass(frozen=True, slots=True)
class Entries:
    """One page."""

    rows: tuple[Entry, ...]
    next_below: int | None


def find_deliveries(
    db: Connection, store_id: int, state: State | None, words: str, below: int | None
) -> Deliveries:
    """Deliveries in a state, newest first. `words`: an order's number or id, a delivery's id; empty: all."""
    sought = _sought(db, store_id, words) if words else None
    found = activity.deliveries(db, store_id, state, sought, below, ROWS_A_PAGE + 1)
    shown = found[:ROWS_A_PAGE]
    return Deliveries(with_points(db, store_id, shown), shown[-1].id if len(found) > len(shown) else None)


def with_points(db: Connection, store_id: int, rows: Sequence[Row[Any]]) -> tuple[Delivered, ...]:
    """These deliveries, with what each moved."""
    refs = {row.order_ref for row in rows if row.order_ref is not None}
    moved = activity.points_of(db, store_id, refs)
    newest = activity.settled_last(db, store_id, refs)
    numbers = activity.numbers_of(db, store_id, refs)
    return tuple(
        Delivered(
            inbox_id=row.id,
            topic=row.topic,
            delivery_ref=row.delivery_ref,
            order_ref=row.order_ref,
            number=numbers.get(row.order_ref or "", ""),
            received_at=row.received_at,
            settled_at=row.settled_at,
            state=State(row.state),
            problem=row.problem or "",
            points=moved.get(key, 0) if newest.get(key := (row.order_ref, row.settled_at)) == row.id else 0,
        )
        for row in rows
    )


def find_entries(
    db: Connection,
    store_id: int,
    kind: EntryKind | None,
    words: str,
    member_id: int | None,
    below: int | None,
) -> Entries:
    """Entries of a kind and of a member, newest first. `words`: an order's number or id; empty: all."""
    refs = _order_refs(db, store_id, words) if words else None
    found = activity.bookings(db, store_id, Wanted(kind, refs, member_id), below, ROWS_A_PAGE + 1)
    shown = found[:ROWS_A_PAGE]
    return Entries(as_entries(db, store_id, shown), shown[-1].id if len(found) > len(shown) else None)


def as_entries(db: Connection, store_id: int, rows: Sequence[Row[Any]]) -> tuple[Entry, ...]:
    """These entries, with what people call their orders."""
    numbers = activity.numbers_of(db, store_id, {row.order_ref for row in rows if row.order_ref is not None})
    return tuple(
        Entry(
            entry_id=row.id,
            member_id=row.member_id,
            kind=EntryKind(row.kind),
            points=row.points,
            order_ref=row.order_ref,
            number=numbers.get(row.order_ref or "", ""),
            reason=row.reason,
            at=row.at,
        )
        for row in rows
    )


def _sought(db: Connection, store_id: int, words: str) -> Sought:
    by_ref = activity.ids_of_ref(db, store_id, words)
    own = {int(words)} if words.isascii() and words.isdigit() and int(words) <= _HIGHEST_ID else set()
    return Sought(_order_refs(db, store_id, words), frozenset(by_ref | own))


def _order_refs(db: Connection, store_id: int, words: str) -> frozenset[str]:
    """The orders that are meant: by number, with or without its sign, or by the platform's id."""
    bare = words.removeprefix("#").strip()
    return frozenset(activity.order_refs_of(db, store_id, {words, bare, f"#{bare}"}) | {bare})
