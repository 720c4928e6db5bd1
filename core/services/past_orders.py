"""What becomes of a store's orders from before it was connected: what was chosen, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from core.db import catch_ups, stores
from core.domain.stores import Store, StoreState
from core.services.importing import ALL_ORDERS, earns_before
from core.services.terms import load_terms


class Stage(StrEnum):
    """Where the question stands."""

    UNASKED = "unasked"
    """Nobody chose yet, so they are left out."""
    LEFT_OUT = "left_out"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class PastOrders:
    """The orders of before, as the merchant sees them."""

    store: Store
    stage: Stage
    connected_at: datetime
    """When the store was connected first: orders placed before are meant."""
    can_earn: bool
    """False: the store's program gives nothing for orders placed before."""
    placed_since: datetime | None = None
    """Those placed before are left out; None: none are."""
    began_at: datetime | None = None
    seen: int = 0
    """Orders looked at so far, or altogether."""
    left: int | None = None
    """None: the store does not say."""
    time_left: timedelta | None = None
    """At the speed so far; None: it cannot be said yet."""
    problem: str = ""
    """Why it waits; empty: it does not."""

    @property
    def can_be_asked_for(self) -> bool:
        """Whether the store may be called at all."""
        return self.store.state is StoreState.CONNECTED and not self.store.is_offline


def past_orders(db: Connection, store: Store, now: datetime) -> PastOrders:
    """How it stands with a store's past orders."""
    connected_at = stores.first_connected_at(db, store.store_id)
    can_earn = earns_before(load_terms(db, store), connected_at)
    row = catch_ups.load(db, store.store_id, catch_ups.IMPORT)
    if row is None:
        return PastOrders(store, Stage.UNASKED, connected_at, can_earn)
    since = None if row.placed_since == ALL_ORDERS else row.placed_since
    return PastOrders(
        store=store,
        stage=_stage(row),
        connected_at=connected_at,
        can_earn=can_earn,
        placed_since=since,
        began_at=row.began_at,
        seen=row.seen_orders,
        left=row.left_orders,
        time_left=_time_left(row, now),
        problem=row.problem or "",
    )


def _stage(row: Row[Any]) -> Stage:
    if row.since is not None:
        return Stage.RUNNING
    return Stage.LEFT_OUT if row.placed_since is None else Stage.OVER


def _time_left(row: Row[Any], now: datetime) -> timedelta | None:
    if not row.left_orders or not row.seen_orders:
        return None
    each: timedelta = (now - row.began_at) / row.seen_orders
    return each * int(row.left_orders)
