"""Drains a store's inbox: claim ▸ normalize ▸ settle, batch by batch, under the store's lease.

Runs beside any number of its kind on any number of machines; only the lease holder works, and only as long
as it can prove it. Killed at any point, the next holder does the same work again and posts nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from core.db import inbox, leases, stores
from core.db.engine import is_passing, took_too_long
from core.db.leases import Lease
from core.domain.payload import clean_text
from core.domain.stores import Store, StoreState
from core.jobs.bell import DRAIN, EFFECTS, FORGET
from core.jobs.env import Env
from core.services.carrying import settle_codes
from core.services.complying import answer_requests, forget_bodies, forget_people
from core.services.quarantine import foreign_orders, set_aside
from core.services.receiving import Read, read_deliveries, write_outcomes
from core.services.settling import settle
from core.services.terms import Sealing, load_terms

LONGEST_RUN = timedelta(seconds=20)
"""After this a drain rings again at the back of the queue: one busy store must not starve others."""

TRIES_MOST = 8

log = structlog.get_logger()


class LeaseLost(Exception):
    """Somebody else works on this store now; whatever was prepared is thrown away."""


def drain(env: Env, store_id: int) -> int:
    """Settle what waits for this store; how many deliveries were worked through.

    Returns at once when somebody else is at it. Raises only for trouble that goes away by itself (database
    out of reach, lease lost); the deliveries stay in line.
    """
    taken = take_store(env, store_id)
    if taken is None:
        return 0
    store, lease = taken
    try:
        worked = _drain_batches(env, store, lease)
    finally:
        give_back(env, lease)
    # A delivery stored after our last look rang for a job that found the lease taken.
    with env.database.read(store_id) as db:
        if inbox.has_due(db, store_id, env.now()):
            env.bell.ring(DRAIN, store_id)
    return worked


def take_store(env: Env, store_id: int, *, to_wipe: bool = False) -> tuple[Store, Lease] | None:
    """The store and its lease; None when the store is gone or somebody else works on it.

    A wiped store is gone for everybody but who comes `to_wipe`, who gets no other. Whoever takes over from a
    holder that died charges the delivery it died of, whatever they came for.
    """
    now = env.now()
    with env.database.write(store_id) as db:
        store = stores.store_by_id(db, store_id)
        if store is None or (store.state is StoreState.WIPED) is not to_wipe:
            return None
        lease = leases.acquire(
            db,
            store_id,
            stores.DRAIN,
            env.token(),
            now,
            lambda: len(inbox.due(db, store_id, now, stores.FULL_CLAIM)),
        )
    if lease is None:
        return None
    env.reach("store.leased")
    _charge_the_dead(env, lease)
    return store, lease


def give_back(env: Env, lease: Lease) -> None:
    """Let the next one work on the store."""
    with env.database.write(lease.store_id) as db:
        leases.release(db, lease)
    env.reach("store.released")


def _drain_batches(env: Env, store: Store, lease: Lease) -> int:
    ends_at = env.now() + LONGEST_RUN
    claim_size, worked = lease.claim_size, 0
    while env.now() < ends_at:
        rows = _claim(env, lease, claim_size)
        if not rows:
            break
        try:
            _settle_batch(env, store, lease, rows)
        except LeaseLost:
            raise
        except Exception as error:
            if is_passing(error) and not took_too_long(error):
                raise
            claim_size = _after_failure(env, lease, rows, error)
        else:
            worked += len(rows)
            if len(rows) < claim_size:
                # Nothing is left but what came meanwhile, which is looked for once the lease is given back.
                break
            claim_size = min(stores.FULL_CLAIM, claim_size * 2)
    return worked


def _claim(env: Env, lease: Lease, claim_size: int) -> list[Row[Any]]:
    """The next deliveries. A claim of one is a suspect: it is noted, should this process die of it."""
    with env.database.read(lease.store_id) as db:
        rows = inbox.due(db, lease.store_id, env.now(), claim_size)
    if rows and claim_size == 1:
        with env.database.write(lease.store_id) as db:
            leases.suspect(db, lease, rows[0].id)
    env.reach("drain.claimed")
    return rows


def _settle_batch(env: Env, store: Store, lease: Lease, rows: Sequence[Row[Any]]) -> None:
    """One transaction: everything these deliveries say is in the ledger, and they are closed."""
    read = _read(env, store, rows)
    env.reach("drain.normalized")
    now = env.now()
    with env.database.write(store.store_id) as db:
        if not leases.prove(db, lease, now, after_success=True):
            raise LeaseLost(f"store {store.store_id}")
        terms, sealing = load_terms(db, store), Sealing(env.secrets)
        answered = forget_people(db, store, read, sealing)
        settled = settle(db, terms, read.told, sealing, now)
        settle_codes(db, terms, settled.orders, env.platforms[store.platform].frees_uses, now)
        answered += answer_requests(db, store, read, sealing, now)
        write_outcomes(db, store, replace(read, outcomes=(*read.outcomes, *answered)), settled, now)
        forget_bodies(db, store.store_id, rows, read, settled, sealing)
        env.reach("drain.before_commit")
    env.reach("drain.committed")
    if settled.fetches or read.removals or read.rights:
        env.bell.ring(EFFECTS, store.store_id)
    if read.requests:
        env.bell.ring(FORGET, store.store_id)
    log.info("inbox.settled", store_id=store.store_id, deliveries=len(rows))
    if dead := [one for one in read.outcomes if one.state is inbox.State.DEAD]:
        log.warning("inbox.dead", store_id=store.store_id, deliveries=len(dead), first=dead[0].problem)


def _read(env: Env, store: Store, rows: Sequence[Row[Any]]) -> Read:
    """What these deliveries say, without those that may be another store's."""
    platform = env.platforms[store.platform]
    read = read_deliveries(platform, store, rows)
    if not platform.has_shared_address or not read.told:
        return read
    with env.database.read_all() as everywhere:
        foreign = foreign_orders(everywhere, env.secrets, store, read.told)
    for order_ref, owner_id in foreign.items():
        log.error("order.foreign", store_id=store.store_id, order_ref=order_ref, owner_id=owner_id)
    return set_aside(read, foreign)


def _charge_the_dead(env: Env, lease: Lease) -> None:
    """The last holder died while one delivery was worked on alone: that delivery is charged a try."""
    if lease.died_alone_id is None:
        return
    error = "the worker died while working on this delivery alone"
    _charge(env, lease, lease.died_alone_id, error)


def _after_failure(env: Env, lease: Lease, rows: Sequence[Row[Any]], error: Exception) -> int:
    """The next claim's size: half of a batch that failed; a delivery that failed alone is charged a try."""
    if len(rows) > 1:
        log.warning("batch.failed", store_id=lease.store_id, deliveries=len(rows), error=repr(error)[:200])
        claim_size = max(1, len(rows) // 2)
        # Kept, for this run's time may be over by now, and the next one must not begin where this one did.
        with env.database.write(lease.store_id) as db:
            leases.narrow(db, lease, claim_size)
        return claim_size
    _charge(env, lease, rows[0].id, f"{type(error).__name__}: {error}")
    return 1


def _charge(env: Env, lease: Lease, row_id: int, error: str) -> None:
    # What went wrong may quote what was sent, and no database takes all of that.
    problem = clean_text(error, 500)
    with env.database.write(lease.store_id) as db:
        attempts = inbox.attempts_of(db, lease.store_id, row_id)
        inbox.charge_try(db, lease.store_id, row_id, problem, env.now() + back_off(attempts), TRIES_MOST)
    env.reach("drain.charged")
    log.error(
        "delivery.failed", store_id=lease.store_id, inbox_id=row_id, tries=attempts + 1, error=problem[:200]
    )


def back_off(attempts: int) -> timedelta:
    """How long a delivery rests after its n-th failed try: 5 s, 10 s, 20 s … at most 15 minutes."""
    return timedelta(seconds=min(900, 5 * 2**attempts))
