"""Adding a store's entries up by day, each once, portion by portion; what is not yet is looked at besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from core.db import days
from core.domain.days import DaySum, added_up, together
from core.domain.stores import Store

PORTION: Final = 10_000
SETTLED_AFTER: Final = timedelta(minutes=10)
"""Entries get their number before they are committed: among those of so long ago none can still appear."""
LOOKED_AT_MOST: Final = 5_000
"""So many entries that are not added up are looked at for a page."""


@dataclass(frozen=True, slots=True)
class Days:
    """What the days since one brought."""

    by_day: dict[date, DaySum]
    first: date | None
    """The day of the store's first entry; None: there is none."""
    is_least: bool
    """There is more than is added up or was looked at: numbers are too low for now."""


def add_up(db: Connection, store: Store, now: datetime) -> int:
    """Add one portion of a store's entries to its days; how many. 0: none is left, or another did it."""
    place = days.place_of(db, store.store_id)
    if place is None or place.timezone != store.zone.key:
        days.begin(db, store.store_id, store.zone.key)
    seen = place.entry_id if place is not None and place.timezone == store.zone.key else 0
    rows = []
    for row in days.entries_behind(db, store.store_id, seen, PORTION):
        if row.at > now - SETTLED_AFTER:
            break
        rows.append(row)
    if not rows or not days.move_place(db, store.store_id, seen, rows[-1].id):
        return 0
    days.add(db, store.store_id, added_up(rows, store.zone))
    return len(rows)


def days_since(db: Connection, store: Store, first: date) -> Days:
    """What each day from one on brought, up to this moment."""
    store_id, place = store.store_id, days.place_of(db, store.store_id)
    is_usable = place is not None and place.timezone == store.zone.key
    kept = days.since(db, store_id, first) if is_usable else {}
    began = days.first_day(db, store_id) if is_usable else None
    seen = place.entry_id if place is not None and is_usable else 0
    newest = days.newest_behind(db, store_id, seen, LOOKED_AT_MOST + 1)
    fresh = added_up(newest[:LOOKED_AT_MOST], store.zone)
    firsts = [day for day in (began, min(fresh, default=None)) if day is not None]
    return Days(
        by_day={day: sums for day, sums in together(kept, fresh).items() if day >= first},
        first=min(firsts, default=None),
        is_least=len(newest) > LOOKED_AT_MOST,
    )
