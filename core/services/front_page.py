"""What a merchant sees of her store first: what needs her, what today brought, and how far setting up is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import effects, inbox, orders, programs, recent, redemptions, stores
from core.db.inbox import State
from core.domain.days import DaySum, Week, monday_of, usual_day, weeks_until
from core.domain.orders import from_json
from core.domain.program import read_program
from core.domain.stores import Store
from core.domain.versions import BEGINNING
from core.services.adding_up import days_since

WEEKS: Final = 8
COUNTED_MOST: Final = 10_000
"""Deliveries that wait are counted no further than this."""
USES_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class LastOrder:
    """The order that moved points last."""

    order_ref: str
    number: str
    """As the merchant knows it."""
    points: int
    """Of that one entry: taken back ones are below 0."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Uses:
    """Codes on orders that were placed today."""

    codes: int
    is_least: bool
    """There are more than we looked at."""
    off_minor: int | None
    """What all discounts together took off the goods of these orders; None: not all are in our currency."""
    paid_minor: int | None
    """What these orders cost in all."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The program that orders placed now are of."""

    version: int
    applied_at: datetime
    applied_by: str | None
    is_default: bool
    """Nobody has published one yet."""
    rewards: int


@dataclass(frozen=True, slots=True)
class FrontPage:
    """One store, now."""

    store: Store
    today: date
    sums: DaySum
    """Of today so far."""
    is_least: bool
    """The sums are too low for now: not all is added up yet."""
    usual: DaySum | None
    """What the same day of the week brings; None: too little is known."""
    weeks: tuple[Week, ...]
    uses: Uses
    last_order: LastOrder | None
    """None: no order has moved points yet."""
    heard_at: datetime | None
    """When the store last told us anything; None: never."""
    waiting: dict[State, int]
    """Deliveries that are not at their end, by state, counted up to COUNTED_MOST."""
    oldest_waiting_at: datetime | None
    notices: list[Row[Any]]
    parked: int
    """Calls to the store that wait for keys or rights."""
    parked_problem: str
    program: InForce


def front_page(db: Connection, store: Store, now: datetime) -> FrontPage:
    """The page's facts, read in one transaction of the store's."""
    store_id, today = store.store_id, now.astimezone(store.zone).date()
    first = min(monday_of(today) - timedelta(weeks=WEEKS - 1), today - timedelta(days=28))
    days = days_since(db, store, first)
    heard = recent.deliveries(db, store_id, 1)
    waiting = inbox.open_counts(db, store_id, COUNTED_MOST)
    parked, problem = effects.parked(db, store_id)
    return FrontPage(
        store=store,
        today=today,
        sums=days.by_day.get(today, DaySum()),
        is_least=days.is_least,
        usual=usual_day(days.by_day, days.first, today),
        weeks=weeks_until(days.by_day, today, WEEKS),
        uses=_uses(db, store, datetime.combine(today, time(), store.zone)),
        last_order=_last_order(recent.newest_of_order(db, store_id)),
        heard_at=heard[0].received_at if heard else None,
        waiting=waiting,
        oldest_waiting_at=inbox.oldest_waiting(db, store_id),
        notices=stores.open_notices(db, store_id),
        parked=parked,
        parked_problem=problem,
        program=in_force_now(db, store, now),
    )


def in_force_now(db: Connection, store: Store, now: datetime) -> InForce:
    """The program of orders placed now, and who published it."""
    rows = programs.versions_of(db, store.store_id)
    begun = [row for row in rows if row.effective_from <= now or row.effective_from == BEGINNING]
    row = max(begun, key=lambda one: (one.effective_from, one.version))
    return InForce(
        version=row.version,
        applied_at=row.applied_at,
        applied_by=row.applied_by,
        is_default=len(rows) == 1,
        rewards=len(read_program(row.program, store.currency).rewards),
    )


def _last_order(row: Row[Any] | None) -> LastOrder | None:
    return None if row is None else LastOrder(row.order_ref, row.number, row.points, row.at)


def _uses(db: Connection, store: Store, midnight: datetime) -> Uses:
    used_by = redemptions.used_since(db, store.store_id, midnight, USES_MOST + 1)
    texts = orders.current_snapshots(db, store.store_id, sorted(set(used_by[:USES_MOST])))
    told = [from_json(text) for text in texts.values()]
    is_ours = all(order.currency == store.currency for order in told) and len(told) == len(set(used_by))
    return Uses(
        codes=min(len(used_by), USES_MOST),
        is_least=len(used_by) > USES_MOST,
        off_minor=sum(line.discount_minor for order in told for line in order.lines) if is_ours else None,
        paid_minor=sum(order.gross_minor for order in told) if is_ours else None,
    )
