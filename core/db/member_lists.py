"""Pages of members: some of them, in one of a few orders, from a place on. Each costs what it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from core.db.bulk import among
from core.db.member_tables import HAS_DEBT, HAS_PENDING, IS_EXCLUDED, IS_ITSELF
from core.db.tables import members, persons
from core.domain.listing import Place, place_of

COUNTED_MOST: Final = 10_000


class Sort(StrEnum):
    """By what members are sorted."""

    POINTS = "points"
    ACTIVITY = "activity"
    JOINED = "joined"


class Show(StrEnum):
    """Which members are shown."""

    ALL = "all"
    POINTS = "points"
    PENDING = "pending"
    DEBT = "debt"
    GUESTS = "guests"
    ACCOUNTS = "accounts"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members, and in what order."""

    show: Show = Show.ALL
    sort: Sort = Sort.ACTIVITY
    is_up: bool = False
    """The smallest, or oldest, first; those without a value before them."""
    idle_since: datetime | None = None
    """Only those who have done nothing since then; None: whoever."""
    member_ids: Collection[int] | None = None
    """Only these; None: whoever."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows in their order, and where it goes on."""

    rows: tuple[Row[Any], ...]
    previous: Place | None
    next: Place | None


_COLUMNS: Final[dict[Sort, Column[Any]]] = {
    Sort.POINTS: members.c.available_points,
    Sort.ACTIVITY: members.c.last_activity_at,
    Sort.JOINED: members.c.joined_at,
}

# Said in the words of the partial indexes.
_SHOWN: Final[dict[Show, ColumnElement[bool] | Any]] = {
    Show.POINTS: members.c.available_points > 0,
    Show.PENDING: HAS_PENDING,
    Show.DEBT: HAS_DEBT,
    Show.GUESTS: members.c.guest_key.is_not(None),
    Show.ACCOUNTS: members.c.customer_ref.is_not(None),
    Show.EXCLUDED: IS_EXCLUDED,
}

_SHOWN_COLUMNS: Final = (
    members.c.id,
    members.c.store_id,
    members.c.customer_ref,
    members.c.guest_key,
    members.c.available_points,
    members.c.pending_points,
    members.c.debt_points,
    members.c.last_activity_at,
    members.c.joined_at,
    members.c.erased_at,
    members.c.excluded_at,
)


def page_of(db: Connection, store_id: int, wanted: Wanted, place: Place | None, limit: int) -> Page:
    """At most `limit` members with their sealed name and address, from a place on or back to it."""
    is_back = place is not None and place.is_back
    rows = _rows(db, store_id, wanted, place, limit + 1, is_up=wanted.is_up is not is_back)
    is_more, rows = len(rows) > limit, rows[:limit]
    if is_back:
        rows.reverse()
    before, behind = (is_more, True) if is_back else (place is not None, is_more)
    if not rows:
        return Page((), None, None)
    return Page(
        tuple(rows),
        _place(rows[0], wanted, is_back=True) if before else None,
        _place(rows[-1], wanted, is_back=False) if behind else None,
    )


def count_of(db: Connection, store_id: int, wanted: Wanted) -> int:
    """How many there are; COUNTED_MOST + 1 for any more than that."""
    conditions = [*_conditions(db, store_id, wanted), *_idle(wanted)]
    some = select(members.c.id).where(*conditions).limit(COUNTED_MOST + 1)
    return int(db.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def people(db: Connection, store_id: int, member_ids: Collection[int]) -> dict[int, Row[Any]]:
    """{id, customer_ref, guest_key, erased_at, email, name} of members, sealed, by member."""
    wanted = (members.c.id, members.c.customer_ref, members.c.guest_key, members.c.erased_at)
    found: Iterable[Row[Any]] = db.execute(
        select(*wanted, persons.c.email, persons.c.name)
        .select_from(members.outerjoin(persons, _is_of(members)))
        .where(members.c.store_id == store_id, among(db, members.c.id, member_ids))
    )
    return {row.id: row for row in found}


def _is_of(owner: Any) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (persons.c.store_id == owner.c.store_id) & (persons.c.member_id == owner.c.id)
    return same


def _place(row: Row[Any], wanted: Wanted, *, is_back: bool) -> Place:
    return place_of(getattr(row, _COLUMNS[wanted.sort].name), row.id, is_back=is_back)


def _conditions(db: Connection, store_id: int, wanted: Wanted) -> list[Any]:
    conditions: list[Any] = [members.c.store_id == store_id, IS_ITSELF]
    if wanted.show in _SHOWN:
        conditions.append(_SHOWN[wanted.show])
    if wanted.member_ids is not None:
        conditions.append(among(db, members.c.id, wanted.member_ids))
    return conditions


def _idle(wanted: Wanted) -> list[ColumnElement[bool]]:
    return [] if wanted.idle_since is None else [or_(_was_idle(wanted), _never_active(wanted))]


def _was_idle(wanted: Wanted) -> ColumnElement[bool]:
    """Of those who ever did anything: that it was long ago, if that is wanted."""
    if wanted.idle_since is None:
        return members.c.last_activity_at.is_not(None)
    return members.c.last_activity_at < wanted.idle_since


def _never_active(wanted: Wanted) -> ColumnElement[bool]:
    """Of the others: that they joined long ago, if that is wanted."""
    never = members.c.last_activity_at.is_(None)
    return never if wanted.idle_since is None else never & (members.c.joined_at < wanted.idle_since)


def _rows(
    db: Connection, store_id: int, wanted: Wanted, place: Place | None, limit: int, *, is_up: bool
) -> list[Row[Any]]:
    """From a place on. Those without a value stand behind all others, or before them on the way up."""
    column, base = _COLUMNS[wanted.sort], select(*_SHOWN_COLUMNS).where(*_conditions(db, store_id, wanted))
    beyond = _beyond(column, place, is_up=is_up)
    if column.nullable:
        # Said apart, each is a stretch of the same index; said as one, it would be gone through from its end.
        parts = [
            base.where(_was_idle(wanted), beyond),
            base.where(_never_active(wanted), _beyond_valueless(place, is_up=is_up)),
        ]
    else:
        parts = [base.where(*_idle(wanted), beyond)]
    limited = [_in_order(part, column, limit, is_up=is_up).subquery() for part in parts]
    found = union_all(*(select(part) for part in limited)).subquery()
    has_none = found.c[column.name].is_(None)
    ends = [found.c[column.name], found.c.id]
    listed = (
        select(found, persons.c.email, persons.c.name)
        .select_from(found.outerjoin(persons, _is_of(found)))
        .order_by(has_none.desc() if is_up else has_none, *(ends if is_up else (one.desc() for one in ends)))
        .limit(limit)
    )
    return list(db.execute(listed))


def _in_order(chosen: Select[Any], column: Column[Any], limit: int, *, is_up: bool) -> Select[Any]:
    ends = [column, members.c.id]
    return chosen.order_by(*(ends if is_up else (one.desc() for one in ends))).limit(limit)


def _beyond(column: Column[Any], place: Place | None, *, is_up: bool) -> ColumnElement[bool] | Any:
    """Of those with a value: behind the place, in the direction we go."""
    if place is None:
        return True
    if place.value is None:
        return True if is_up else false()
    value = literal(place.value if column is members.c.available_points else place.moment, column.type)
    here, there = tuple_(column, members.c.id), tuple_(value, literal(place.row_id))
    return here > there if is_up else here < there


def _beyond_valueless(place: Place | None, *, is_up: bool) -> ColumnElement[bool] | Any:
    """The same of those without."""
    if place is None:
        return True
    if place.value is not None:
        return false() if is_up else True
    return members.c.id > place.row_id if is_up else members.c.id < place.row_id
