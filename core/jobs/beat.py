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

from core.db import (
    attempts,
    catch_ups,
    effects,
    hooks,
    inbox,
    ledger,
    redemptions,
    stores,
    sweeps,
    tasks,
    ticks,
    tokens,
    tombstones,
    wiping,
)
from core.db.engine import is_passing
from core.domain.platform import Platform
from core.domain.redemptions import CALM
from core.jobs.bell import (
    COMPARE,
    CONNECT,
    DAYS,
    DRAIN,
    EFFECTS,
    FORGET,
    HOOKS,
    MATURE,
    ORPHANS,
    RECONCILE,
    RENEW,
    REREAD,
    TASKS,
    WALK_ON,
)
from core.jobs.compare import stores_to_compare
from core.jobs.days import EVERY, stores_behind
from core.jobs.env import Env
from core.jobs.orphans import SWEEP_AGAIN
from core.jobs.reconcile import REREAD_EVERY
from core.jobs.tokens import RENEWED_EVERY

STEP_S = 1.0
SWEEP_EVERY = timedelta(seconds=15)
LONGEST_NAME = 20
"""As many letters of a tick's name as the database keeps."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing the beat does again and again."""

    name: str
    every: timedelta
    job: str
    """What it rings for."""
    due: Callable[[Connection, datetime], Collection[int]]
    """The stores that are rung; for CONNECT, the attempts."""


def every_store(db: Connection, _now: datetime) -> list[int]:
    """All of them: rolling ends depend on a member's last activity and are found by looking."""
    return [store.store_id for store in stores.all_stores(db)]


def stores_with_ended_codes(db: Connection, now: datetime) -> set[int]:
    """Where codes ended so long ago that no order with one is under way any more."""
    return redemptions.stores_with_ended(db, now - CALM)


def stores_to_sweep(db: Connection, now: datetime) -> set[int]:
    """Where codes were not looked through for a while, or only some of them."""
    return sweeps.stores_due(db, now - SWEEP_AGAIN)


def stores_with_old_tokens(db: Connection, now: datetime) -> list[int]:
    """Where no call has renewed the token for a week."""
    return tokens.stores_idle_since(db, now - RENEWED_EVERY)


def stores_to_reread(db: Connection, now: datetime) -> list[int]:
    """Where the last re-reading began a day ago."""
    return catch_ups.stores_to_reread(db, now - REREAD_EVERY)


def stores_with_something_to_forget(db: Connection, _now: datetime) -> set[int]:
    """Where somebody's data is still looked for, or a wipe is under way."""
    return tombstones.stores_unlooked(db) | set(wiping.stores_with_leftovers(db))


SWEEPS = (
    Tick("sweep", SWEEP_EVERY, DRAIN, inbox.stores_with_due),
    Tick("effects", SWEEP_EVERY, EFFECTS, effects.stores_with_due),
    Tick("mature", SWEEP_EVERY, MATURE, ledger.stores_with_lots_due),
    Tick("end codes", SWEEP_EVERY, MATURE, stores_with_ended_codes),
    Tick("forget", SWEEP_EVERY, FORGET, stores_with_something_to_forget),
    Tick("connect", SWEEP_EVERY, CONNECT, attempts.due),
    Tick("walks", SWEEP_EVERY, WALK_ON, catch_ups.stores_with_due),
    Tick("tasks", SWEEP_EVERY, TASKS, tasks.stores_with_due),
)
"""Find whatever waits, whatever became of its first bell."""

TICKS = (
    *SWEEPS,
    Tick("mature_all", timedelta(hours=1), MATURE, every_store),
    Tick("forget_old", timedelta(hours=1), FORGET, every_store),
    Tick("tokens", timedelta(hours=1), RENEW, stores_with_old_tokens),
    Tick("orphans", timedelta(minutes=5), ORPHANS, stores_to_sweep),
    Tick("hooks", timedelta(minutes=30), HOOKS, hooks.stores_to_look_after),
    Tick("reread", timedelta(minutes=15), REREAD, stores_to_reread),
    Tick("compare", SWEEP_EVERY, COMPARE, stores_to_compare),
    Tick("days", EVERY, DAYS, stores_behind),
)


def looks(platform: Platform) -> Tick:
    """Look through every store of a platform, as often as the platform wants it."""

    def due(db: Connection, _now: datetime) -> list[int]:
        return stores.callable_of(db, platform.name)

    return Tick(f"look:{platform.name}"[:LONGEST_NAME], platform.looks_every, RECONCILE, due)


def stores_due(env: Env, one: Tick) -> list[int]:
    """The stores for which there is something to do."""
    with env.database.read_all() as db:
        return sorted(one.due(db, env.now()))


def tick(env: Env) -> None:
    """Do what is due now, unless another beat does it."""
    # To ask who may tick is a write: a dozen each second would keep SQLite's one writer busy for nothing.
    with env.database.read_all() as db:
        resting = ticks.resting(db, env.now())
    for one in (*TICKS, *map(looks, env.platforms.values())):
        if one.name in resting:
            continue
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
