"""The beat: rings for stores that have work due. Never works itself, never calls out.

Any number of beats may run; a lease in the database lets one of them tick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from core.db import effects, inbox, ledger, redemptions, stores, ticks, tombstones, wiping
from core.db.engine import is_passing
from core.domain.redemptions import CALM
from core.jobs.bell import DRAIN, EFFECTS, FORGET, MATURE, ORPHANS
from core.jobs.env import Env

STEP_S = 1.0
SWEEP_EVERY = timedelta(seconds=15)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing the beat does again and again."""

    name: str
    every: timedelta
    job: str
    """What it rings for."""
    due: Callable[[Connection, datetime], Collection[int]]
    """The stores that are rung."""


def every_store(db: Connection, _now: datetime) -> list[int]:
    """All of them: rolling ends depend on a member's last activity and are found by looking."""
    return [store.store_id for store in stores.all_stores(db)]


def stores_with_ended_codes(db: Connection, now: datetime) -> set[int]:
    """Where codes ended so long ago that no order with one is under way any more."""
    return redemptions.stores_with_ended(db, now - CALM)


def stores_with_codes(db: Connection, _now: datetime) -> list[int]:
    """Where anything was ever redeemed."""
    return redemptions.stores_with_any(db)


def stores_with_something_to_forget(db: Connection, _now: datetime) -> set[int]:
    """Where somebody's data is still looked for, or a wipe is under way."""
    return tombstones.stores_unlooked(db) | set(wiping.stores_with_leftovers(db))


SWEEPS = (
    Tick("sweep", SWEEP_EVERY, DRAIN, inbox.stores_with_due),
    Tick("effects", SWEEP_EVERY, EFFECTS, effects.stores_with_due),
    Tick("mature", SWEEP_EVERY, MATURE, ledger.stores_with_lots_due),
    Tick("end codes", SWEEP_EVERY, MATURE, stores_with_ended_codes),
    Tick("forget", SWEEP_EVERY, FORGET, stores_with_something_to_forget),
)
"""Find whatever waits, whatever became of its first bell."""

TICKS = (
    *SWEEPS,
    Tick("mature_all", timedelta(hours=1), MATURE, every_store),
    Tick("forget_old", timedelta(hours=1), FORGET, every_store),
    Tick("orphans", timedelta(hours=6), ORPHANS, stores_with_codes),
)


def stores_due(env: Env, one: Tick) -> list[int]:
    """The stores for which there is something to do."""
    with env.database.read_all() as db:
        return sorted(one.due(db, env.now()))


def tick(env: Env) -> None:
    """Do what is due now, unless another beat does it."""
    for one in TICKS:
        now = env.now()
        with env.database.write_all() as db:
            is_mine = ticks.take_tick(db, one.name, now, now + one.every)
        if is_mine:
            env.reach("beat.taken")
            due = stores_due(env, one)
            for store_id in due:
                env.bell.ring(one.job, store_id)
            env.reach("beat.rung")
            log.debug("beat.ticked", tick=one.name, stores=len(due))


def run_beat(env: Env, stop: threading.Event) -> None:
    """Tick until told to stop. A database out of reach is waited for, and told of once."""
    is_waiting = False
    while not stop.wait(STEP_S):
        try:
            tick(env)
        except Exception as error:
            if not is_passing(error):
                raise
            if not is_waiting:
                log.warning("beat.waits", error=str(error).splitlines()[0][:200])
            is_waiting = True
            continue
        if is_waiting:
            log.info("beat.goes_on")
        is_waiting = False
