"""Rows of what each day brought, and the entries that are not among them yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.bulk import among
from core.db.day_tables import day_places, day_sums
from core.db.stores import insert_ignoring
from core.db.tables import entries, stores
from core.domain.days import DaySum

_LOOKED_AT = (entries.c.id, entries.c.kind, entries.c.key, entries.c.points, entries.c.at)


def place_of(db: Connection, store_id: int) -> Row[Any] | None:
    """Up to where a store's entries are added up; None: nowhere yet."""
    return db.execute(select(day_places).where(day_places.c.store_id == store_id)).first()


def begin(db: Connection, store_id: int, timezone: str) -> None:
    """Begin to add up, by this clock; what was added up by another is thrown away."""
    db.execute(delete(day_sums).where(day_sums.c.store_id == store_id))
    db.execute(delete(day_places).where(day_places.c.store_id == store_id))
    db.execute(insert_ignoring(db, day_places), {"store_id": store_id, "entry_id": 0, "timezone": timezone})


def move_place(db: Connection, store_id: int, seen: int, entry_id: int) -> bool:
    """Say that all up to this entry is added; False when somebody else did so meanwhile."""
    moved = db.execute(
        update(day_places)
        .where(day_places.c.store_id == store_id, day_places.c.entry_id == seen)
        .values(entry_id=entry_id)
    )
    return moved.rowcount == 1


def add(db: Connection, store_id: int, days: Mapping[date, DaySum]) -> None:
    """Add these to the days as they are."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(day_sums)
    numbers = list(asdict(DaySum()))
    added = {name: day_sums.c[name] + insert.excluded[name] for name in numbers}
    statement = insert.on_conflict_do_update(index_elements=["store_id", "day"], set_=added)
    for day, sums in days.items():
        db.execute(statement, {"store_id": store_id, "day": day, **asdict(sums)})


def since(db: Connection, store_id: int, first: date) -> dict[date, DaySum]:
    """The days of a store from one on."""
    found = db.execute(select(day_sums).where(day_sums.c.store_id == store_id, day_sums.c.day >= first))
    return {row.day: _sum(row) for row in found}


def first_day(db: Connection, store_id: int) -> date | None:
    """The first day that is added up."""
    day: date | None = db.execute(
        select(func.min(day_sums.c.day)).where(day_sums.c.store_id == store_id)
    ).scalar()
    return day


def entries_behind(db: Connection, store_id: int, entry_id: int, limit: int) -> list[Row[Any]]:
    """The oldest entries behind one, for adding them up."""
    chosen = select(*_LOOKED_AT).where(entries.c.store_id == store_id, entries.c.id > entry_id)
    return list(db.execute(chosen.order_by(entries.c.id).limit(limit)))


def newest_behind(db: Connection, store_id: int, entry_id: int, limit: int) -> list[Row[Any]]:
    """The newest entries behind one, newest first."""
    chosen = select(*_LOOKED_AT).where(entries.c.store_id == store_id, entries.c.id > entry_id)
    return list(db.execute(chosen.order_by(entries.c.id.desc()).limit(limit)))


def stores_behind(db: Connection, before: datetime) -> list[int]:
    """Stores with entries from before a moment that are not added up."""
    place = select(day_places.c.entry_id).where(day_places.c.store_id == stores.c.id).scalar_subquery()
    first_at = (
        select(entries.c.at)
        .where(entries.c.store_id == stores.c.id, entries.c.id > func.coalesce(place, 0))
        .order_by(entries.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return list(db.execute(select(stores.c.id).where(first_at < before)).scalars())


def of_days(
    db: Connection, store_ids: Collection[int], days: Collection[date]
) -> dict[tuple[int, date], DaySum]:
    """These days of several stores. `db` serves all stores."""
    chosen = select(day_sums).where(among(db, day_sums.c.store_id, store_ids), day_sums.c.day.in_(days))
    return {(row.store_id, row.day): _sum(row) for row in db.execute(chosen)}


def places_of(db: Connection, store_ids: Collection[int], look_back: int) -> dict[int, int]:
    """Behind which entry to look in each store for what is not added up: at most so far back.

    Ids are of all stores together, so `look_back` of them are as many of one store's or fewer.
    """
    newest = (
        select(func.max(entries.c.id)).where(entries.c.store_id == stores.c.id).scalar_subquery()
    ).label("newest")
    chosen = (
        select(stores.c.id, day_places.c.entry_id, newest)
        .join(day_places, day_places.c.store_id == stores.c.id, isouter=True)
        .where(among(db, stores.c.id, store_ids))
    )
    return {
        row.id: max(row.entry_id or 0, row.newest - look_back)
        for row in db.execute(chosen)
        if row.newest is not None
    }


def behind(db: Connection, places: Mapping[int, int], limit: int) -> list[Row[Any]]:
    """The newest entries behind the place of each store, newest first. `db` serves all stores."""
    if not places:
        return []
    conditions = [
        and_(entries.c.store_id == store_id, entries.c.id > entry_id)
        for store_id, entry_id in sorted(places.items())
    ]
    chosen = select(entries.c.store_id, *_LOOKED_AT).where(or_(*conditions))
    return list(db.execute(chosen.order_by(entries.c.id.desc()).limit(limit)))


def _sum(row: Row[Any]) -> DaySum:
    return DaySum(
        orders=row.orders,
        earned_points=row.earned_points,
        revoked_points=row.revoked_points,
        spent_points=row.spent_points,
        returned_points=row.returned_points,
        codes=row.codes,
    )
