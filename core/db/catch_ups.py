"""Rows of catch-ups: one for each kind of walk through a store's orders, begun once and moved along."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.bulk import among
from core.db.stores import MAY_BE_CALLED, insert_ignoring
from core.db.tables import catch_ups, orders, stores
from core.domain.catching_up import Held, Kept, Mark, Walk

CHANGES: Final = "changes"
"""What was modified since the last look."""
REREAD: Final = "reread"
"""Everything modified lately, for what no date tells: deleted orders and refunds."""
IMPORT: Final = "import"
"""Orders from before the store was connected."""


def load(db: Connection, store_id: int, kind: str, *, lock: bool = False) -> Row[Any] | None:
    """How far a store's walk of a kind is; None: there was none. `lock`: nobody else writes it meanwhile."""
    wanted = select(catch_ups).where(catch_ups.c.store_id == store_id, catch_ups.c.kind == kind)
    return db.execute(wanted.with_for_update() if lock else wanted).first()


def walk_of(row: Row[Any]) -> Walk | None:
    """The walk under way; None when there is none."""
    if row.since is None:
        return None
    asked = None if row.asked_ref is None else Held(row.asked_modified_at, row.asked_ref)
    return Walk(row.reached_at, Mark(row.since, row.page), row.list_at, row.newest_at, asked=asked)


def ask(
    db: Connection,
    store_id: int,
    kind: str,
    since: datetime,
    now: datetime,
    placed_since: datetime | None = None,
) -> None:
    """Have a walk begin anew, at `since`; one under way is given up."""
    _begin_anew(db, store_id, kind, since, now, since=since, placed_since=placed_since)


def end(db: Connection, store_id: int, kind: str, now: datetime) -> None:
    """Have no walk of a kind under way; one that was is given up, and what it stored stays."""
    _begin_anew(db, store_id, kind, now, now, since=None, placed_since=None)


def _begin_anew(
    db: Connection, store_id: int, kind: str, reached_at: datetime, now: datetime, **what: datetime | None
) -> None:
    values = {
        "reached_at": reached_at,
        "began_at": now,
        "page": "",
        "list_at": 0,
        "newest_at": None,
        "asked_modified_at": None,
        "asked_ref": None,
        "next_at": now,
        "seen_orders": 0,
        "left_orders": None,
        "problem": None,
        **what,
    }
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(catch_ups).values(store_id=store_id, kind=kind, generation=1, **values)
    again = {"generation": catch_ups.c.generation + 1, **values}
    db.execute(insert.on_conflict_do_update(index_elements=["store_id", "kind"], set_=again))


def save(db: Connection, store_id: int, kind: str, row: Row[Any] | None, values: dict[str, Any]) -> bool:
    """Write where a walk stands; False when somebody asked for another one since `row` was loaded."""
    if row is None:
        first = {"store_id": store_id, "kind": kind, "generation": 0, **values}
        return bool(db.execute(insert_ignoring(db, catch_ups), first).rowcount)
    saved = db.execute(
        update(catch_ups)
        .where(
            catch_ups.c.store_id == store_id,
            catch_ups.c.kind == kind,
            catch_ups.c.generation == row.generation,
        )
        .values(values)
    )
    return saved.rowcount == 1


def pause(db: Connection, store_id: int, kind: str, until: datetime, problem: str | None) -> None:
    """Have a walk under way rest."""
    db.execute(
        update(catch_ups)
        .where(catch_ups.c.store_id == store_id, catch_ups.c.kind == kind)
        .values(next_at=until, problem=problem)
    )


def due(db: Connection, store_id: int, now: datetime) -> list[str]:
    """The kinds of walks under way in a store that may go on now."""
    found = db.execute(
        select(catch_ups.c.kind)
        .where(catch_ups.c.store_id == store_id, catch_ups.c.since.is_not(None), catch_ups.c.next_at <= now)
        .order_by(catch_ups.c.kind)
    )
    return list(found.scalars())


def stores_with_due(db: Connection, now: datetime) -> list[int]:
    """Stores that may be called, in which a walk is under way and may go on now."""
    found = db.execute(
        select(catch_ups.c.store_id)
        .join(stores, stores.c.id == catch_ups.c.store_id)
        .where(catch_ups.c.since.is_not(None), catch_ups.c.next_at <= now, *MAY_BE_CALLED)
        .distinct()
    )
    return list(found.scalars())


def stores_to_reread(db: Connection, begun_before: datetime) -> list[int]:
    """Stores that may be called and whose last re-reading began before a moment, or never."""
    its_row = and_(catch_ups.c.store_id == stores.c.id, catch_ups.c.kind == REREAD)
    found = db.execute(
        select(stores.c.id)
        .outerjoin(catch_ups, its_row)
        .where(
            *MAY_BE_CALLED,
            func.coalesce(catch_ups.c.began_at, stores.c.created_at) < begun_before,
            catch_ups.c.since.is_(None),
        )
    )
    return list(found.scalars())


def kept(db: Connection, store_id: int, order_refs: Collection[str]) -> dict[str, Kept]:
    """What we hold of these orders, by reference."""
    found = db.execute(
        select(*_COMPARED).where(orders.c.store_id == store_id, among(db, orders.c.order_ref, order_refs))
    )
    return {row.order_ref: _kept(row) for row in found}


def alive_between(
    db: Connection,
    store_id: int,
    since: datetime,
    until: datetime,
    besides: Collection[str],
    after: Held | None,
) -> list[Held]:
    """Orders we hold as living and last modified in a span, `until` left out, without certain statuses.

    In order, only those behind `after`.
    """
    wanted = [
        orders.c.store_id == store_id,
        orders.c.modified_at >= since,
        orders.c.modified_at < until,
        orders.c.deleted_at.is_(None),
        orders.c.status.not_in(besides),
    ]
    if after is not None:
        is_beside = and_(orders.c.modified_at == after.modified_at, orders.c.order_ref > after.order_ref)
        wanted.append(or_(orders.c.modified_at > after.modified_at, is_beside))
    found = db.execute(
        select(orders.c.modified_at, orders.c.order_ref)
        .where(*wanted)
        .order_by(orders.c.modified_at, orders.c.order_ref)
    )
    return [Held(row.modified_at, row.order_ref) for row in found]


def with_points_since(db: Connection, store_id: int, since: datetime, until: datetime) -> list[Row[Any]]:
    """Orders placed since a moment that hold points, and were last modified before another."""
    wanted: tuple[Any, ...] = (orders.c.order_ref, orders.c.number, orders.c.ordered_at)
    found = db.execute(
        select(*wanted)
        .where(
            orders.c.store_id == store_id,
            orders.c.modified_at >= since,
            orders.c.modified_at < until,
            orders.c.ordered_at >= since,
            orders.c.posted_points != 0,
        )
        .order_by(orders.c.ordered_at)
    )
    return list(found)


_COMPARED = (
    orders.c.order_ref,
    orders.c.modified_at,
    orders.c.status,
    orders.c.refunded_minor,
    orders.c.deleted_at,
    orders.c.posted_points,
    orders.c.wants,
)


def _kept(row: Any) -> Kept:
    is_whole = row.wants is None
    return Kept(row.modified_at, row.status, row.refunded_minor, row.deleted_at, row.posted_points, is_whole)
