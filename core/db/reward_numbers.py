"""Counting what rewards have done, what waits of them, and who can afford one: a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, literal, select, union_all

from core.db.member_tables import IS_ITSELF, members
from core.db.redemption_tables import IS_LIVE, IS_UNUSED, redemptions, reward_stocks

MOST_COUNTED = 16_000
"""About so many members are counted at most, in equal parts from each price to the next."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number, or at least so many."""

    number: int
    is_least: bool = False


def made_since(db: Connection, store_id: int, since: datetime) -> list[Row[Any]]:
    """{reward_ref, state, codes, worth_minor, known}: codes asked for since then, and what they take off.

    `known`: how many of them have a worth that does not depend on the order.
    """
    return list(
        db.execute(
            select(redemptions.c.reward_ref, redemptions.c.state, *_worth())
            .where(redemptions.c.store_id == store_id, redemptions.c.requested_at >= since)
            .group_by(redemptions.c.reward_ref, redemptions.c.state)
        )
    )


def unused(db: Connection, store_id: int) -> list[Row[Any]]:
    """{reward_ref, version, state, codes, worth_minor, known}: codes nobody used yet, and whose terms they
    carry."""
    version = func.coalesce(redemptions.c.carries_version, redemptions.c.program_version).label("version")
    return list(
        db.execute(
            select(redemptions.c.reward_ref, version, redemptions.c.state, *_worth())
            .where(redemptions.c.store_id == store_id, IS_UNUSED)
            .group_by(redemptions.c.reward_ref, version, redemptions.c.state)
        )
    )


def _worth() -> tuple[Any, ...]:
    return (
        func.count().label("codes"),
        func.coalesce(func.sum(redemptions.c.worth_minor), 0).label("worth_minor"),
        func.count(redemptions.c.worth_minor).label("known"),
    )


def stocks(db: Connection, store_id: int) -> dict[str, int]:
    """How many of each reward are given out, of those that have a stock."""
    rows = db.execute(
        select(reward_stocks.c.reward_ref, reward_stocks.c.taken).where(reward_stocks.c.store_id == store_id)
    )
    return {row.reward_ref: row.taken for row in rows}


def live_after(db: Connection, store_id: int, reward_ref: str, last_id: int, limit: int) -> list[Row[Any]]:
    """A reward's codes that can be used, by id, beginning behind `last_id`."""
    found = db.execute(
        select(redemptions)
        .where(
            redemptions.c.store_id == store_id,
            redemptions.c.reward_ref == reward_ref,
            redemptions.c.id > last_id,
            IS_UNUSED,
            IS_LIVE,
        )
        .order_by(redemptions.c.id)
        .limit(limit)
    )
    return list(found)


def count_live(db: Connection, store_id: int, reward_ref: str) -> int:
    """How many of a reward's codes can be used."""
    chosen = select(func.count()).where(
        redemptions.c.store_id == store_id, redemptions.c.reward_ref == reward_ref, IS_UNUSED, IS_LIVE
    )
    return int(db.execute(chosen).scalar_one())


def who_can_afford(db: Connection, store_id: int, prices: Iterable[int]) -> dict[int, Counted]:
    """How many members have so many points to spend, for each of these prices.

    Counted from price to price, and of each step no more than its part of `MOST_COUNTED`: with a million
    members it says that it stopped, and reads no more rows than with some thousand.
    """
    steps = sorted(set(prices))
    if not steps:
        return {}
    most = max(1, MOST_COUNTED // len(steps))
    parts = [
        _between(store_id, at, price, steps[at + 1] if at + 1 < len(steps) else None, most)
        for at, price in enumerate(steps)
    ]
    found = {row.at: row.number for row in db.execute(union_all(*parts))}
    counted: dict[int, Counted] = {}
    total, is_least = 0, False
    for at, price in reversed(list(enumerate(steps))):
        total += min(found[at], most)
        is_least = is_least or found[at] > most
        counted[price] = Counted(total, is_least)
    return counted


def _between(store_id: int, at: int, least: int, below: int | None, most: int) -> Any:
    rich = select(literal(1).label("one")).where(
        members.c.store_id == store_id, IS_ITSELF, members.c.available_points >= least
    )
    if below is not None:
        rich = rich.where(members.c.available_points < below)
    some = rich.limit(most + 1).subquery(f"of_{at}")
    return select(literal(at).label("at"), func.count().label("number")).select_from(some)
