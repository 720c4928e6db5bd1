"""What a draft would come to: the store's own last orders under it, beside the program that is live.

Nothing is written, and nothing already earned is touched: an order stays with the program of its own time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import members, orders
from core.domain.errors import UnknownCurrency
from core.domain.orders import from_json
from core.domain.program import Program
from core.domain.program_examples import Shown, earns_something_to_show, made_up_order, money_for_a_point
from core.domain.worth import worth
from core.services.terms import StoreTerms

SHOWN_ORDERS: Final = 3
LOOKED_AT: Final = 30
"""Orders looked at to find those a page explains with."""
REPLAYED_MOST: Final = 500
REPLAYED_DAYS: Final = 30
MEMBERS_MOST: Final = 20_000
"""No more members than these are counted."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two programs."""

    points: int
    cost_minor: Fraction | None
    """What the points cost if all of them are spent; None: no reward is a fixed amount of money."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The store's last orders under both programs."""

    orders: int
    """How many were replayed."""
    is_capped: bool
    """True: there were more in these days, and only the newest were replayed."""
    live: Side
    draft: Side
    members: int
    are_members_capped: bool
    """True: there are more than were counted."""


def shown_orders(db: Connection, terms: StoreTerms, now: datetime) -> tuple[Shown, ...]:
    """The store's last paid orders, newest first; a made-up one where it has none."""
    newest = orders.newest_snapshots(db, terms.store.store_id, LOOKED_AT)
    fit = [shown for shown in _shown(terms, newest) if earns_something_to_show(shown)]
    return tuple(fit[:SHOWN_ORDERS]) or (made_up_order(terms.store.currency, now),)


def rehearse(db: Connection, terms: StoreTerms, live: Program, draft: Program, now: datetime) -> Rehearsal:
    """Replay what was ordered in the last days under both; costs at most `REPLAYED_MOST` orders."""
    since = now - timedelta(days=REPLAYED_DAYS)
    rows = orders.newest_snapshots(db, terms.store.store_id, REPLAYED_MOST + 1, since=since)
    replayed = list(_shown(terms, rows[:REPLAYED_MOST]))
    known = members.count_up_to(db, terms.store.store_id, MEMBERS_MOST + 1)
    return Rehearsal(
        orders=len(replayed),
        is_capped=len(rows) > REPLAYED_MOST,
        live=_side(replayed, live),
        draft=_side(replayed, draft),
        members=min(known, MEMBERS_MOST),
        are_members_capped=known > MEMBERS_MOST,
    )


def _side(replayed: list[Shown], program: Program) -> Side:
    points = sum(worth(shown.order, program, shown.rate).points for shown in replayed)
    value = money_for_a_point(program)
    return Side(points, None if value is None else points * value)


def _shown(terms: StoreTerms, rows: list[Row[Any]]) -> Iterator[Shown]:
    """Orders whose currency the store can count in."""
    for row in rows:
        order = from_json(row.snapshot)
        rate = terms.rate_text(order.currency, row.rate)
        if rate is None:
            continue
        try:
            yield Shown(order, terms.minor_rate(order.currency, rate))
        except UnknownCurrency:
            continue
