"""The beat: rings for stores that have work due. Never works itself, never calls out.

Any number of beats may run; a lease in the database lets one of them tick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from core.db import effects, inbox, ledger, stores, ticks
from core.db.engine import is_passing
from core.jobs.bell import DRAIN, EFFECTS, MATURE
from core.jobs.env import Env

STEP_S = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing the beat does again and again."""

    name: str
    every: timedelta
    ring: Callable[[Env, Connection], int]
    """Rings for what is due and says for how many stores."""


def sweep(env: Env, db: Connection) -> int:
    """Ring for stores whose deliveries wait, whatever became of the first bell."""
    due = inbox.stores_with_due(db, env.now())
    for store_id in due:
        env.bell.ring(DRAIN, store_id)
    return len(due)


def sweep_effects(env: Env, db: Connection) -> int:
    """Ring for stores whose platform is to be called."""
    due = effects.stores_with_due(db, env.now())
    for store_id in due:
        env.bell.ring(EFFECTS, store_id)
    return len(due)


def mature_due(env: Env, db: Connection) -> int:
    """Ring for stores with points to release or to end."""
    due = ledger.stores_with_lots_due(db, env.now())
    for store_id in sorted(due):
        env.bell.ring(MATURE, store_id)
    return len(due)


def mature_all(env: Env, db: Connection) -> int:
    """Ring for every store: rolling ends depend on a member's last activity and are found by looking."""
    everyone = stores.all_stores(db)
    for store in everyone:
        env.bell.ring(MATURE, store.store_id)
    return len(everyone)


TICKS = (
    Tick("sweep", timedelta(seconds=15), sweep),
    Tick("effects", timedelta(seconds=15), sweep_effects),
    Tick("mature", timedelta(seconds=15), mature_due),
    Tick("mature_all", timedelta(hours=1), mature_all),
)


def tick(env: Env) -> None:
    """Do what is due now, unless another beat does it."""
    for one in TICKS:
        now = env.now()
        with env.database.write_all() as db:
            is_mine = ticks.take_tick(db, one.name, now, now + one.every)
        if is_mine:
            with env.database.read_all() as db:
                rung = one.ring(env, db)
            log.debug("beat.ticked", tick=one.name, stores=rung)


def run_beat(env: Env, stop: threading.Event) -> None:
    """Tick until told to stop. A database out of reach is waited for."""
    while not stop.wait(STEP_S):
        try:
            tick(env)
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("beat.waits", error=str(error).splitlines()[0][:200])
