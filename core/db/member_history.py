"""Rows of one member's page: each query costs as many rows as it shows, however long a history is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from core.db.bulk import among
from core.db.tables import (
    HOLDS_POINTS,
    entries,
    lots,
    member_merges,
    members,
    order_snapshots,
    orders,
    persons,
    redemptions,
)

COUNTED_MOST = 10_000
"""No page counts further."""


def names(db: Connection, store_id: int, member_ids: Collection[int]) -> list[Row[Any]]:
    """{id, customer_ref, erased_at, email, name} of these members; the last two sealed, None without one."""
    joined = members.outerjoin(
        persons, (persons.c.store_id == members.c.store_id) & (persons.c.member_id == members.c.id)
    )
    wanted: tuple[ColumnElement[Any], ...] = (
        members.c.id,
        members.c.customer_ref,
        members.c.erased_at,
        persons.c.email,
        persons.c.name,
    )
    return list(
        db.execute(
            select(*wanted)
            .select_from(joined)
            .where(members.c.store_id == store_id, among(db, members.c.id, member_ids))
        )
    )


def twins(db: Connection, store_id: int, member_id: int) -> list[int]:
    """Other members with the same address who stand for themselves: accounts and guests of one person."""
    own = select(persons.c.email_key).where(persons.c.store_id == store_id, persons.c.member_id == member_id)
    found = db.execute(
        select(persons.c.member_id)
        .join(members, (members.c.store_id == persons.c.store_id) & (members.c.id == persons.c.member_id))
        .where(
            persons.c.store_id == store_id,
            persons.c.email_key == own.scalar_subquery(),
            persons.c.member_id != member_id,
            members.c.merged_into.is_(None),
        )
        .order_by(persons.c.member_id)
        .limit(5)
    )
    return list(found.scalars())


def entries_before(
    db: Connection, store_id: int, member_id: int, before: int | None, limit: int
) -> list[Row[Any]]:
    """Entries, the newest first, beginning below an id: with the order's number, and what is still pending.

    `available_at` and `is_released` are of the lot an entry made, None for those that made none.
    """
    chosen = (
        select(entries, orders.c.number, lots.c.available_at, lots.c.is_released)
        .select_from(_numbered(entries).outerjoin(lots, _of_store(entries, lots) & _made_by()))
        .where(entries.c.store_id == store_id, entries.c.member_id == member_id)
    )
    if before is not None:
        chosen = chosen.where(entries.c.id < before)
    return list(db.execute(chosen.order_by(entries.c.id.desc()).limit(limit)))


def _made_by() -> ColumnElement[bool]:
    return lots.c.entry_key == entries.c.key


def _of_store(one: Any, other: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = other.c.store_id == one.c.store_id
    return same


def _numbered(table: Any) -> Any:
    """The table beside the orders its rows name."""
    return table.outerjoin(orders, _of_store(table, orders) & (orders.c.order_ref == table.c.order_ref))


def points_from(db: Connection, store_id: int, member_id: int, entry_id: int) -> int:
    """Σ entries from this one on."""
    found = db.execute(
        select(func.coalesce(func.sum(entries.c.points), 0)).where(
            entries.c.store_id == store_id, entries.c.member_id == member_id, entries.c.id >= entry_id
        )
    )
    return int(found.scalar_one())


def pending_lots(db: Connection, store_id: int, member_id: int, limit: int) -> list[Row[Any]]:
    """Lots that cannot be spent yet, the soonest first, with their order's number."""
    chosen = _lots(store_id, member_id, is_released=False)
    return _numbered_lots(db, chosen, (lots.c.available_at.asc().nulls_last(),), limit)


def ending_lots(db: Connection, store_id: int, member_id: int, limit: int) -> list[Row[Any]]:
    """Spendable lots with a fixed end, the soonest first, with their order's number."""
    chosen = _lots(store_id, member_id, is_released=True).where(lots.c.expires_at.is_not(None))
    return _numbered_lots(db, chosen, (lots.c.expires_at.asc(),), limit)


def other_lots(db: Connection, store_id: int, member_id: int, limit: int) -> list[Row[Any]]:
    """Spendable lots whose end rolls, then those without an end, with their order's number."""
    chosen = _lots(store_id, member_id, is_released=True).where(lots.c.expires_at.is_(None))
    order = (lots.c.rolling_days.asc().nulls_last(), lots.c.available_at.asc().nulls_last())
    return _numbered_lots(db, chosen, order, limit)


def _lots(store_id: int, member_id: int, *, is_released: bool) -> Select[Any]:
    return select(lots).where(
        lots.c.store_id == store_id,
        lots.c.member_id == member_id,
        lots.c.is_released.is_(is_released),
        HOLDS_POINTS,
    )


def _numbered_lots(
    db: Connection, chosen: Select[Any], order: tuple[ColumnElement[Any], ...], limit: int
) -> list[Row[Any]]:
    """The first of these, and only then their orders: looked up for those that are shown, not for all."""
    place = func.row_number().over(order_by=(*order, lots.c.id)).label("place")
    first = chosen.add_columns(place).order_by(*order, lots.c.id).limit(limit).subquery()
    shown = select(first, orders.c.number).select_from(_numbered(first))
    return list(db.execute(shown.order_by(first.c.place)))


def merged_members(db: Connection, store_id: int, member_id: int) -> list[int]:
    """Everybody who is this member now, by way of others, too. One query, however long the way."""
    stands = (member_merges.c.store_id == store_id) & member_merges.c.undone_at.is_(None)
    led = (
        select(member_merges.c.from_member_id)
        .where(stands, member_merges.c.into_member_id == member_id)
        .cte("led", recursive=True)
    )
    further = select(member_merges.c.from_member_id).where(
        stands, member_merges.c.into_member_id == led.c.from_member_id
    )
    return list(db.execute(select(led.union(further).c.from_member_id)).scalars())


def orders_before(
    db: Connection, store_id: int, member_ids: Collection[int], before: str | None, limit: int
) -> list[Row[Any]]:
    """Orders, those placed last first, beginning behind one; with what was told of it last, as JSON.

    `snapshot` is None for an order of which only its deletion is known.
    """
    placed_at = func.coalesce(orders.c.ordered_at, orders.c.modified_at)
    chosen = select(orders, placed_at.label("placed_at")).where(
        orders.c.store_id == store_id, among(db, orders.c.member_id, member_ids)
    )
    if before is not None:
        mark = select(placed_at).where(orders.c.store_id == store_id, orders.c.order_ref == before)
        at = mark.correlate(None).scalar_subquery()
        chosen = chosen.where(or_(placed_at < at, (placed_at == at) & (orders.c.order_ref < before)))
    page = chosen.order_by(placed_at.desc(), orders.c.order_ref.desc()).limit(limit).subquery()
    told = (
        select(order_snapshots.c.snapshot)
        .where(
            order_snapshots.c.store_id == page.c.store_id,
            order_snapshots.c.order_ref == page.c.order_ref,
            order_snapshots.c.digest == page.c.digest,
            order_snapshots.c.snapshot.is_not(None),
        )
        .limit(1)
        .scalar_subquery()
    )
    shown = select(page, told.label("snapshot"))
    return list(db.execute(shown.order_by(page.c.placed_at.desc(), page.c.order_ref.desc())))


def order_count(db: Connection, store_id: int, member_ids: Collection[int]) -> int:
    """How many orders these members have, counted no further than `COUNTED_MOST`."""
    some = (
        select(orders.c.order_ref)
        .where(orders.c.store_id == store_id, among(db, orders.c.member_id, member_ids))
        .limit(COUNTED_MOST)
        .subquery()
    )
    return int(db.execute(select(func.count()).select_from(some)).scalar_one())


def redemptions_before(
    db: Connection, store_id: int, member_ids: Collection[int], before: int | None, limit: int
) -> list[Row[Any]]:
    """Redemptions, the newest first, beginning below an id, with the number of the order that uses it."""
    chosen = (
        select(redemptions, orders.c.number)
        .select_from(_numbered(redemptions))
        .where(redemptions.c.store_id == store_id, among(db, redemptions.c.member_id, member_ids))
    )
    if before is not None:
        chosen = chosen.where(redemptions.c.id < before)
    return list(db.execute(chosen.order_by(redemptions.c.id.desc()).limit(limit)))


def redemption_titles(db: Connection, store_id: int, redemption_ids: Collection[int]) -> dict[int, str]:
    """What these redemptions bought."""
    found = db.execute(
        select(redemptions.c.id, redemptions.c.title).where(
            redemptions.c.store_id == store_id, among(db, redemptions.c.id, redemption_ids)
        )
    )
    return {row.id: row.title for row in found}


def merges_since(db: Connection, store_id: int, member_id: int, since: datetime) -> list[Row[Any]]:
    """Merges that brought somebody else's points to this member lately, the newest first."""
    chosen = select(member_merges).where(
        member_merges.c.store_id == store_id,
        member_merges.c.into_member_id == member_id,
        member_merges.c.merged_at >= since,
    )
    return list(db.execute(chosen.order_by(member_merges.c.id.desc()).limit(20)))
