"""Sums over stretches of a store's rows, to compare what is kept with what it should be the sum of.

A stretch begins behind `after` and ends with `until`, or never (None). It is cut by key, not by a list of
owners, so that rows whose owner does not exist are found in it too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, and_, func, select

from core.db.bulk import among
from core.db.tables import HOLDS_POINTS, entries, lot_returns, lot_uses, lots


def _within(column: Column[Any], after: int | str, until: int | str | None) -> ColumnElement[bool]:
    begins = column > after
    return begins if until is None else and_(begins, column <= until)


def entry_sums(db: Connection, store_id: int, after: int, until: int | None) -> dict[int, int]:
    """Σ entries by member."""
    found = db.execute(
        select(entries.c.member_id, func.sum(entries.c.points))
        .where(entries.c.store_id == store_id, _within(entries.c.member_id, after, until))
        .group_by(entries.c.member_id)
    )
    return {member_id: int(points) for member_id, points in found}


def lot_sums(db: Connection, store_id: int, after: int, until: int | None) -> dict[int, tuple[int, int]]:
    """(released, pending) points left in lots by member; members whose lots are empty may be missing."""
    found = db.execute(
        select(lots.c.member_id, lots.c.is_released, func.sum(lots.c.remaining_points))
        .where(
            lots.c.store_id == store_id,
            _within(lots.c.member_id, after, until),
            HOLDS_POINTS,
        )
        .group_by(lots.c.member_id, lots.c.is_released)
    )
    sums: dict[int, tuple[int, int]] = {}
    for member_id, is_released, points in found:
        released, pending = sums.get(member_id, (0, 0))
        sums[member_id] = (int(points), pending) if is_released else (released, int(points))
    return sums


def lots_after(db: Connection, store_id: int, after: int, limit: int) -> list[Row[Any]]:
    """(id, member_id, earned_points, remaining_points) of lots by id."""
    wanted: tuple[ColumnElement[Any], ...] = (
        lots.c.id,
        lots.c.member_id,
        lots.c.earned_points,
        lots.c.remaining_points,
    )
    found = db.execute(
        select(*wanted).where(lots.c.store_id == store_id, lots.c.id > after).order_by(lots.c.id).limit(limit)
    )
    return list(found)


def use_sums(db: Connection, store_id: int, after: int, until: int | None) -> dict[int, int]:
    """Points that left lots and did not come back, by lot."""
    left = _lot_points(db, lot_uses, store_id, after, until)
    for lot_id, points in _lot_points(db, lot_returns, store_id, after, until).items():
        left[lot_id] = left.get(lot_id, 0) - points
    return left


def _lot_points(db: Connection, table: Table, store_id: int, after: int, until: int | None) -> dict[int, int]:
    found = db.execute(
        select(table.c.lot_id, func.sum(table.c.points))
        .where(table.c.store_id == store_id, _within(table.c.lot_id, after, until))
        .group_by(table.c.lot_id)
    )
    return {lot_id: int(points) for lot_id, points in found}


def lots_out_of_balance(db: Connection, store_id: int, member_id: int) -> list[Row[Any]]:
    """One member's lots of which what is left and what was used is not what was earned: at most 20.

    {id, member_id, earned_points, remaining_points, used_points} each. Looked at are those that hold points
    and those her entries made, which are found without going through the store's.
    """
    own = (lots.c.store_id == store_id, lots.c.member_id == member_id)
    made_by = (entries.c.store_id == lots.c.store_id) & (entries.c.key == lots.c.entry_key)
    made = select(lots.c.id).join(entries, made_by).where(*own, entries.c.member_id == member_id)
    looked_at = select(lots.c.id).where(*own, HOLDS_POINTS).union(made)
    used_points = _points_of_lot(lot_uses) - _points_of_lot(lot_returns)
    wanted: tuple[ColumnElement[Any], ...] = (
        lots.c.id,
        lots.c.member_id,
        lots.c.earned_points,
        lots.c.remaining_points,
        used_points.label("used_points"),
    )
    chosen = select(*wanted).where(
        lots.c.store_id == store_id,
        lots.c.id.in_(looked_at),
        lots.c.earned_points != lots.c.remaining_points + used_points,
    )
    return list(db.execute(chosen.order_by(lots.c.id).limit(20)))


def _points_of_lot(table: Table) -> ColumnElement[int]:
    found = select(func.sum(table.c.points)).where(
        table.c.store_id == lots.c.store_id, table.c.lot_id == lots.c.id
    )
    return func.coalesce(found.correlate(lots).scalar_subquery(), 0)


def order_sums(db: Connection, store_id: int, after: str, until: str | None) -> dict[str, dict[int, int]]:
    """Σ earn and revoke entries by order and member; sums of zero are left out."""
    found = db.execute(
        select(entries.c.order_ref, entries.c.member_id, func.sum(entries.c.points))
        .where(
            entries.c.store_id == store_id,
            _within(entries.c.order_ref, after, until),
            entries.c.kind.in_(("earn", "revoke")),
        )
        .group_by(entries.c.order_ref, entries.c.member_id)
    )
    sums: dict[str, dict[int, int]] = {}
    for order_ref, member_id, points in found:
        if points:
            sums.setdefault(order_ref, {})[member_id] = int(points)
    return sums


def entries_by_key(db: Connection, store_id: int, keys: Collection[str]) -> dict[str, Row[Any]]:
    """(key, member_id, points) of the entries that bear these keys."""
    wanted: tuple[ColumnElement[Any], ...] = (entries.c.key, entries.c.member_id, entries.c.points)
    found = db.execute(select(*wanted).where(entries.c.store_id == store_id, among(db, entries.c.key, keys)))
    return {row.key: row for row in found}


def keys_after(db: Connection, store_id: int, after: str, limit: int) -> list[tuple[str, int]]:
    """Keys of entries in the database's own order of text, and how many entries bear each."""
    found = db.execute(
        select(entries.c.key, func.count())
        .where(entries.c.store_id == store_id, entries.c.key > after)
        .group_by(entries.c.key)
        .order_by(entries.c.key)
        .limit(limit)
    )
    return [(key, int(times)) for key, times in found]
