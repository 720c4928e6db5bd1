"""The completeness meter on a store's page: its last comparison, as bars and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from core.db import comparisons, effects
from core.domain.completeness import Completeness, Day, read_completeness
from core.domain.stores import Store, StoreState
from core.jobs.bell import COMPARE, EFFECTS
from core.jobs.compare import CLAIMED_FOR, DAYS, first_day
from core.jobs.env import Env

HIGH: Final = 100
WIDE: Final = 20
GAP: Final = 4
FETCHED_WITHIN: Final = timedelta(seconds=30)
"""So long after they are asked for, missing orders are looked for again."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day, drawn from the bottom up: what is settled, and what is missing on top of it."""

    day: date
    paid: int
    settled: int
    x: int
    settled_high: float
    missing_high: float

    @property
    def missing_y(self) -> float:
        """Where the missing part begins, from the top."""
        return HIGH - self.settled_high - self.missing_high


@dataclass(frozen=True, slots=True)
class Settled:
    """What the page shows."""

    can_be_asked_for: bool
    is_under_way: bool
    """A comparison is asked for, or goes on."""
    compared_at: datetime | None
    """None: there is none yet."""
    found: Completeness
    bars: tuple[Bar, ...]
    problem: str
    """Why the last try came to nothing; empty: it did not."""

    @property
    def paid(self) -> int:
        """Over all days."""
        return sum(bar.paid for bar in self.bars)

    @property
    def settled(self) -> int:
        """Of these."""
        return sum(bar.settled for bar in self.bars)


def seen_settled(db: Connection, store: Store, now: datetime) -> Settled:
    """The last comparison of a store."""
    row = comparisons.load(db, store.store_id)
    compared_at = row.compared_at if row is not None else None
    found = read_completeness(row.result) if row is not None and row.result else Completeness()
    return Settled(
        can_be_asked_for=store.state is StoreState.CONNECTED and not store.is_offline,
        is_under_way=row is not None and row.due_at <= now + CLAIMED_FOR,
        compared_at=compared_at,
        found=found,
        bars=bars(found, first_day(store, compared_at).date()) if compared_at else (),
        problem=(row.problem or "") if row is not None else "",
    )


def bars(found: Completeness, first: date) -> tuple[Bar, ...]:
    """One for each day, the highest as high as the drawing."""
    days = [first + timedelta(days=number) for number in range(DAYS)]
    counted = [found.days.get(day, Day()) for day in days]
    scale = HIGH / max(1, *(one.paid for one in counted))
    return tuple(
        Bar(
            day,
            one.paid,
            one.settled,
            number * WIDE + GAP // 2,
            round(one.settled * scale, 2),
            round((one.paid - one.settled) * scale, 2),
        )
        for number, (day, one) in enumerate(zip(days, counted, strict=True))
    )


def look_again(env: Env, store: Store) -> None:
    """Have the store compared now."""
    with env.database.write(store.store_id) as db:
        comparisons.ask(db, store.store_id, env.now())
    env.bell.ring(COMPARE, store.store_id)


def fetch_missing(env: Env, store: Store) -> None:
    """Have what was missing fetched, and the store compared once more soon after."""
    with env.database.write(store.store_id) as db:
        row = comparisons.load(db, store.store_id)
        missing = read_completeness(row.result).missing if row is not None and row.result else []
        effects.ask(db, store.store_id, effects.FETCH_ORDER, [one.order_ref for one in missing], env.now())
        comparisons.ask(db, store.store_id, env.now() + FETCHED_WITHIN)
    env.bell.ring(EFFECTS, store.store_id)
