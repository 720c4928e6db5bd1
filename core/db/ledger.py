"""Rows of the ledger: entries, lots and where points left them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, or_, select, update

from core.db.bulk import among, insert_many, update_many
from core.db.tables import CAN_EXPIRE, HOLDS_POINTS, IS_UNRELEASED, entries, lot_uses, lots, members, stores
from core.domain.lots import Lot, LotTerms, idle_before
from core.domain.stores import Store


def add_entries(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Append entries. Raises IntegrityError when a key is taken: whoever wrote it did this work already."""
    insert_many(db, entries, rows)


def add_lots(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Add lots."""
    insert_many(db, lots, rows)


def add_uses(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Note where points left lots."""
    insert_many(db, lot_uses, rows)


def lots_of(db: Connection, store_id: int, member_ids: Collection[int]) -> dict[int, list[Lot]]:
    """Every lot of these members that still holds points, by member. As many as a member has: to be shown."""
    found = db.execute(
        select(lots).where(
            lots.c.store_id == store_id,
            among(db, lots.c.member_id, member_ids),
            HOLDS_POINTS,
        )
    )
    return lots_by_member(found)


def keys_taken(db: Connection, store_id: int, keys: Collection[str]) -> set[str]:
    """Those of these keys that entries bear."""
    found = db.execute(
        select(entries.c.key).where(entries.c.store_id == store_id, among(db, entries.c.key, keys))
    )
    return set(found.scalars())


def lot_ids(db: Connection, store_id: int, entry_keys: Collection[str]) -> dict[str, int]:
    """Ids of lots by the key of the entry that made them."""
    found = db.execute(
        select(lots.c.entry_key, lots.c.id).where(
            lots.c.store_id == store_id, among(db, lots.c.entry_key, entry_keys)
        )
    )
    return {row.entry_key: row.id for row in found}


def as_lot(row: Row[Any]) -> Lot:
    """A row as the domain knows it."""
    return Lot(
        lot_id=row.id,
        order_ref=row.order_ref,
        earned_points=row.earned_points,
        remaining_points=row.remaining_points,
        expired_points=row.expired_points,
        is_released=row.is_released,
        terms=LotTerms(row.available_at, row.expires_at, row.rolling_days),
    )


def lots_by_member(rows: Iterable[Row[Any]]) -> dict[int, list[Lot]]:
    """Rows of lots as the domain knows them, by member."""
    found: dict[int, list[Lot]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(as_lot(row))
    return found


def save_lots(db: Connection, store_id: int, changed: Sequence[Mapping[str, Any]]) -> None:
    """Write what is left of lots: {id, remaining_points, expired_points, is_released} each."""
    update_many(db, lots, store_id, "id", changed)


def pending_orders(db: Connection, store_id: int, order_refs: Collection[str]) -> set[str]:
    """Those of the orders that hold pending lots."""
    found = db.execute(
        select(lots.c.order_ref)
        .where(lots.c.store_id == store_id, among(db, lots.c.order_ref, order_refs), IS_UNRELEASED)
        .distinct()
    )
    return set(found.scalars())


def redate_pending(db: Connection, store_id: int, order_ref: str, terms: LotTerms) -> None:
    """Give an order's pending lots new dates, when the platform told a payment or completion date later."""
    db.execute(
        update(lots)
        .where(lots.c.store_id == store_id, lots.c.order_ref == order_ref, IS_UNRELEASED)
        .values(available_at=terms.available_at, expires_at=terms.expires_at)
    )


def members_with_pending_due(db: Connection, store_id: int, now: datetime, limit: int) -> list[int]:
    """Members with pending lots whose time has come."""
    found = db.execute(
        select(lots.c.member_id)
        .where(lots.c.store_id == store_id, IS_UNRELEASED, lots.c.available_at <= now)
        .distinct()
        .limit(limit)
    )
    return list(found.scalars())


def pending_due(
    db: Connection, store_id: int, now: datetime, member_ids: Collection[int]
) -> dict[int, list[Row[Any]]]:
    """Pending lots of these locked members whose time has come, oldest first, by member."""
    found = db.execute(
        select(lots)
        .where(
            lots.c.store_id == store_id,
            among(db, lots.c.member_id, member_ids),
            IS_UNRELEASED,
            lots.c.available_at <= now,
        )
        .order_by(lots.c.id)
    )
    by_member: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in found:
        by_member[row.member_id].append(row)
    return by_member


def ended_lots(
    db: Connection, store: Store, rolling_days: Collection[int], now: datetime, limit: int
) -> dict[int, int]:
    """Owners of lots past their end, by lot: the fixed ends first, at most `limit` of all.

    `rolling_days`: all that lots may roll by.
    """
    fixed = select(lots.c.id, lots.c.member_id).where(
        lots.c.store_id == store.store_id, CAN_EXPIRE, lots.c.expires_at <= now
    )
    found = _owners(db, fixed.order_by(lots.c.expires_at).limit(limit))
    for days in rolling_days:
        if len(found) < limit:
            idle = _idle_lots(store.store_id, days, idle_before(now, days, store.zone))
            found |= _owners(db, idle.limit(limit - len(found)))
    return found


def _idle_lots(store_id: int, days: int, idle_since: datetime) -> Select[tuple[int, int]]:
    active_at = func.coalesce(members.c.last_activity_at, members.c.joined_at)
    idle = select(members.c.id).where(
        members.c.store_id == store_id, members.c.available_points > 0, active_at < idle_since
    )
    return select(lots.c.id, lots.c.member_id).where(
        lots.c.store_id == store_id,
        CAN_EXPIRE,
        lots.c.rolling_days == days,
        lots.c.member_id.in_(idle),
        lots.c.available_at < idle_since,
    )


def _owners(db: Connection, query: Select[tuple[int, int]]) -> dict[int, int]:
    return {row.id: row.member_id for row in db.execute(query)}


def lots_by_id(db: Connection, store_id: int, lot_ids: Collection[int]) -> dict[int, list[Lot]]:
    """These lots, by member. Their members are locked."""
    return lots_by_member(
        db.execute(select(lots).where(lots.c.store_id == store_id, among(db, lots.c.id, lot_ids)))
    )


def stores_with_lots_due(db: Connection, now: datetime) -> set[int]:
    """Stores in which lots wait to be released or have ended; rolling ends are not looked at."""
    of_store = lots.c.store_id == stores.c.id
    pending = exists().where(of_store, IS_UNRELEASED, lots.c.available_at <= now)
    ended = exists().where(of_store, CAN_EXPIRE, lots.c.expires_at <= now)
    return set(db.execute(select(stores.c.id).where(or_(pending, ended))).scalars())


def entries_of(
    db: Connection, store_id: int, *, order_ref: str | None = None, member_id: int | None = None
) -> Iterator[Row[Any]]:
    """Entries in the order they were written, of the whole store or of one order or member."""
    chosen = [entries.c.store_id == store_id]
    if order_ref is not None:
        chosen.append(entries.c.order_ref == order_ref)
    if member_id is not None:
        chosen.append(entries.c.member_id == member_id)
    found = db.execute(
        select(entries).where(*chosen).order_by(entries.c.id).execution_options(yield_per=1000)
    )
    yield from found


def sums_by_order(db: Connection, store_id: int, order_refs: Collection[str]) -> dict[tuple[str, int], int]:
    """Σ earn and revoke entries by order and member; sums of zero are left out."""
    found = db.execute(
        select(entries.c.order_ref, entries.c.member_id, func.sum(entries.c.points))
        .where(
            entries.c.store_id == store_id,
            among(db, entries.c.order_ref, order_refs),
            entries.c.kind.in_(("earn", "revoke")),
        )
        .group_by(entries.c.order_ref, entries.c.member_id)
    )
    return {(ref, member_id): int(points) for ref, member_id, points in found if points}
