"""Rows of orders: what the last telling said, and every telling kept for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.db.bulk import among, insert_many, update_many
from core.db.tables import order_snapshots, orders
from core.domain.orders import Version
from core.domain.settlement import Order, Seen, Source


def load(db: Connection, store_id: int, order_refs: Collection[str]) -> dict[str, Row[Any]]:
    """The rows of these orders that exist, by reference."""
    found = db.execute(
        select(orders).where(orders.c.store_id == store_id, among(db, orders.c.order_ref, order_refs))
    )
    return {row.order_ref: row for row in found}


def stores_with(everywhere: Connection, order_refs: Collection[str]) -> dict[str, set[int]]:
    """Which stores have these orders, by reference. `everywhere` sees all stores."""
    found = everywhere.execute(
        select(orders.c.order_ref, orders.c.store_id).where(among(everywhere, orders.c.order_ref, order_refs))
    )
    having: dict[str, set[int]] = {}
    for row in found:
        having.setdefault(row.order_ref, set()).add(row.store_id)
    return having


def as_order(row: Row[Any]) -> Order:
    """A row as the domain knows it."""
    version = None
    if row.modified_at is not None:
        version = Version(row.modified_at, row.refunded_minor, row.status_rank)
    return Order(
        order_ref=row.order_ref,
        version=version,
        digest=row.digest,
        fetched_at=row.fetched_at,
        deleted_at=row.deleted_at,
        alive_at=row.alive_at,
        member_id=row.member_id,
        posted_points=row.posted_points,
        settlement_count=row.settlement_count,
        program_version=row.program_version,
    )


def save(db: Connection, store_id: int, added: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
    """Write orders; each dict has every column but `store_id`."""
    insert_many(db, orders, [{"store_id": store_id, **values} for values in added])
    update_many(db, orders, store_id, "order_ref", changed)


def keep_tellings(db: Connection, store_id: int, tellings: Iterable[Seen]) -> None:
    """Keep every telling that says something new; what is kept already is passed over."""
    rows = [_telling(store_id, seen) for seen in tellings]
    insert_many(db, order_snapshots, rows, pass_over_taken=True)


def _telling(store_id: int, seen: Seen) -> Mapping[str, Any]:
    return {
        "store_id": store_id,
        "order_ref": seen.order_ref,
        "telling": _telling_key(seen),
        "digest": seen.digest,
        "source": seen.source,
        "observed_at": seen.observed_at,
        "member_id": seen.member_id,
        "snapshot": seen.snapshot_json,
    }


def _telling_key(seen: Seen) -> bytes:
    """A delivery says the same whenever it comes; a deletion or a fetch counts by when it happened."""
    if seen.source is Source.DELIVERY and seen.snapshot is not None:
        return seen.digest
    when = f"{seen.source}|{seen.observed_at.isoformat()}|"
    return hashlib.sha256(when.encode() + seen.digest).digest()


def current_snapshot(db: Connection, store_id: int, order_ref: str) -> str | None:
    """The snapshot the order stands at, as JSON; None when only a deletion is known."""
    found = db.execute(
        select(order_snapshots.c.snapshot)
        .join(
            orders,
            (orders.c.store_id == order_snapshots.c.store_id)
            & (orders.c.order_ref == order_snapshots.c.order_ref)
            & (orders.c.digest == order_snapshots.c.digest),
        )
        .where(
            order_snapshots.c.store_id == store_id,
            order_snapshots.c.order_ref == order_ref,
            order_snapshots.c.snapshot.is_not(None),
        )
        .limit(1)
    )
    text: str | None = found.scalar()
    return text


def current_snapshots(db: Connection, store_id: int, order_refs: Collection[str]) -> dict[str, str]:
    """The same for many orders, by reference; those without one are left out."""
    if not order_refs:
        return {}
    found = db.execute(
        select(order_snapshots.c.order_ref, order_snapshots.c.snapshot)
        .join(
            orders,
            (orders.c.store_id == order_snapshots.c.store_id)
            & (orders.c.order_ref == order_snapshots.c.order_ref)
            & (orders.c.digest == order_snapshots.c.digest),
        )
        .where(
            order_snapshots.c.store_id == store_id,
            among(db, order_snapshots.c.order_ref, order_refs),
            order_snapshots.c.snapshot.is_not(None),
        )
    )
    return {row.order_ref: row.snapshot for row in found}


def after(db: Connection, store_id: int, order_ref: str, limit: int) -> list[Row[Any]]:
    """Rows by reference, beginning behind `order_ref`, in the database's own order of text."""
    found = db.execute(
        select(orders)
        .where(orders.c.store_id == store_id, orders.c.order_ref > order_ref)
        .order_by(orders.c.order_ref)
        .limit(limit)
    )
    return list(found)


def count(db: Connection, store_id: int) -> int:
    """How many orders the store has."""
    found = db.execute(select(func.count()).select_from(orders).where(orders.c.store_id == store_id))
    return int(found.scalar_one())


def newest_snapshots(
    db: Connection, store_id: int, limit: int, *, since: datetime | None = None
) -> list[Row[Any]]:
    """Snapshot, pinned rate and number of the orders placed last, newest first; not of deleted ones.

    `since`: only of those placed from then on. Reads no more than `limit` orders.
    """
    newest = (
        select(orders.c.store_id, orders.c.order_ref, orders.c.digest, orders.c.rate, orders.c.ordered_at)
        .where(orders.c.store_id == store_id, orders.c.ordered_at.is_not(None), orders.c.deleted_at.is_(None))
        .order_by(orders.c.ordered_at.desc(), orders.c.order_ref.desc())
        .limit(limit)
    )
    if since is not None:
        newest = newest.where(orders.c.ordered_at >= since)
    chosen = newest.subquery()
    told = (
        (order_snapshots.c.store_id == chosen.c.store_id)
        & (order_snapshots.c.order_ref == chosen.c.order_ref)
        & (order_snapshots.c.digest == chosen.c.digest)
        & order_snapshots.c.snapshot.is_not(None)
    )
    found = db.execute(
        select(chosen.c.order_ref, chosen.c.rate, order_snapshots.c.snapshot)
        .join(order_snapshots, told)
        .order_by(chosen.c.ordered_at.desc(), chosen.c.order_ref.desc())
    )
    # An order that was told and fetched alike has two rows of one content.
    by_order: dict[str, Any] = {row.order_ref: row for row in found}
    return list(by_order.values())


def tellings(db: Connection, store_id: int, order_refs: Collection[str]) -> list[Row[Any]]:
    """Every telling kept of these orders, in the order they were kept."""
    found = db.execute(
        select(order_snapshots)
        .where(order_snapshots.c.store_id == store_id, among(db, order_snapshots.c.order_ref, order_refs))
        .order_by(order_snapshots.c.id)
    )
    return list(found)


def versions_settled_under(db: Connection, store_id: int) -> set[int]:
    """Numbers of the program versions any order was settled under."""
    found = db.execute(
        select(orders.c.program_version)
        .where(orders.c.store_id == store_id, orders.c.program_version.is_not(None))
        .distinct()
    )
    return set(found.scalars())
