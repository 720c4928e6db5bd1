"""The list of stores, page by page: where each stands, what today brought, what needs somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from core.db import days, store_lists, stores
from core.db.store_lists import Mark
from core.domain.days import DaySum, added_up
from core.domain.stores import Store

STORES_A_PAGE: Final = 25
LOOKED_AT_MOST: Final = 5_000
"""So many of the newest entries that are not added up are looked at, of all stores of a page together."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One store."""

    store: Store
    today: DaySum
    """What its day has brought so far, by its own clock."""
    notices: tuple[str, ...]
    """What the merchant should know, newest first."""
    dead: int
    """Deliveries that could not be read."""
    oldest_waiting_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """One page."""

    seen: tuple[Glance, ...]
    count: int
    """Stores in all, on this page and others."""
    needing: int
    """Of these, those that need somebody."""
    next: Mark | None
    """Where the next page begins; None: this was the last."""
    is_least: bool
    """Today's numbers are too low for now: not all is added up yet."""


def look_over(
    everywhere: Connection,
    open_to: Collection[int] | None,
    now: datetime,
    words: str = "",
    after: Mark | None = None,
) -> Overview:
    """The stores whose name or address has these words, those that need somebody first.

    `open_to`: the only stores to look at; None: all. The same number of queries however many there are.
    """
    rows = store_lists.page(everywhere, open_to, words, after, STORES_A_PAGE + 1)
    count, needing = store_lists.count(everywhere, open_to, words)
    ids = [row.id for row in rows[:STORES_A_PAGE]]
    by_id = {store.store_id: store for store in stores.of_ids(everywhere, ids)}
    shown = [by_id[store_id] for store_id in ids]
    todays, is_least = _todays(everywhere, shown, now)
    notices, dead = store_lists.notices_of(everywhere, ids), store_lists.dead_of(everywhere, ids)
    waiting = store_lists.oldest_waiting_of(everywhere, ids)
    return Overview(
        seen=tuple(
            Glance(
                store,
                todays[store.store_id],
                tuple(notices.get(store.store_id, ())),
                dead.get(store.store_id, 0),
                waiting.get(store.store_id),
            )
            for store in shown
        ),
        count=count,
        needing=needing,
        next=Mark(rows[STORES_A_PAGE - 1].calm, rows[STORES_A_PAGE - 1].name)
        if len(rows) > len(ids)
        else None,
        is_least=is_least,
    )


def _todays(
    everywhere: Connection, shown: Collection[Store], now: datetime
) -> tuple[Mapping[int, DaySum], bool]:
    """What today brought each, and whether there is more than was looked at."""
    today: dict[int, date] = {one.store_id: now.astimezone(one.zone).date() for one in shown}
    kept = days.of_days(everywhere, list(today), set(today.values()))
    places = days.places_of(everywhere, list(today), LOOKED_AT_MOST)
    fresh = days.behind(everywhere, places, LOOKED_AT_MOST)
    sums = {}
    for one in shown:
        of_store = added_up((row for row in fresh if row.store_id == one.store_id), one.zone)
        key = (one.store_id, today[one.store_id])
        sums[one.store_id] = kept.get(key, DaySum()).plus(of_store.get(today[one.store_id], DaySum()))
    return sums, len(fresh) == LOOKED_AT_MOST
