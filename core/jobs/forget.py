"""Drops what a store need not, or must not, keep any longer, portion by portion, under the store's lease.

Bodies older than the store keeps them, exports and files of long work that were kept long enough, bodies that
name somebody who was forgotten, and all of a store that was wiped. Killed at any point, the next run goes on
where this one was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import Connection

from core.db import bodies, leases, stores, tombstones, wiping
from core.db.leases import Lease
from core.domain.stores import StoreState
from core.jobs.bell import FORGET
from core.jobs.drain import LeaseLost, give_back, take_store
from core.jobs.env import Env
from core.services.data_tasks import drop_old_files
from core.services.exporting import end_exports
from core.services.remembering import naming_the_forgotten
from core.services.store_settings import kept_days
from core.services.terms import Sealing
from core.services.wiping import wipe_on

LONGEST_RUN: Final = timedelta(seconds=20)
PORTION: Final = 500

log = structlog.get_logger()


def forget(env: Env, store_id: int) -> int:
    """Drop all that is due in this store; how many rows were looked at. Leaves the store when it is taken."""
    with env.database.read(store_id) as db:
        store = stores.store_by_id(db, store_id)
    if store is None:
        return 0
    is_wiped = store.state is StoreState.WIPED
    taken = take_store(env, store_id, to_wipe=is_wiped)
    if taken is None:
        return 0
    if is_wiped:
        with env.database.write_all() as everywhere:
            wiping.drop_attempts(everywhere, store_id)
    try:
        steps = (_wipe,) if is_wiped else (_look_through, _purge_bodies, _purge_exports, _purge_files)
        done = sum(_repeat(env, taken[1], step) for step in steps)
    finally:
        give_back(env, taken[1])
    if done:
        log.info("store.wiped" if is_wiped else "data.forgotten", store_id=store_id, rows=done)
    return done


def _repeat(env: Env, lease: Lease, step: Callable[[Env, Connection, int], int]) -> int:
    """Portion after portion until nothing is left. After a while it rings again: others want to work, too."""
    ends_at, done = env.now() + LONGEST_RUN, 0
    while True:
        with env.database.write(lease.store_id) as db:
            if not leases.prove(db, lease, env.now()):
                raise LeaseLost(f"store {lease.store_id}")
            dealt_with = step(env, db, lease.store_id)
            env.reach("forget.before_commit")
        env.reach("forget.committed")
        done += dealt_with
        if not dealt_with:
            return done
        if env.now() >= ends_at:
            env.bell.ring(FORGET, lease.store_id)
            return done


def _wipe(_env: Env, db: Connection, store_id: int) -> int:
    return wipe_on(db, store_id)


def _look_through(env: Env, db: Connection, store_id: int) -> int:
    """Look for those who were forgotten in what was delivered before."""
    span = tombstones.unlooked(db, store_id)
    if span is None:
        return 0
    after, until = span
    rows = bodies.portion(db, store_id, after, until, PORTION)
    bodies.drop(db, store_id, naming_the_forgotten(db, store_id, rows, Sealing(env.secrets)))
    tombstones.looked(db, store_id, rows[-1].id if len(rows) == PORTION else until)
    return max(1, len(rows))


def _purge_bodies(env: Env, db: Connection, store_id: int) -> int:
    return bodies.purge(db, store_id, env.now() - timedelta(days=kept_days(db, store_id)), PORTION)


def _purge_exports(env: Env, db: Connection, store_id: int) -> int:
    return end_exports(db, store_id, env.now())


def _purge_files(env: Env, db: Connection, store_id: int) -> int:
    return drop_old_files(db, store_id, env.now(), 1)
