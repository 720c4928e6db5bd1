"""Carries out effects: takes what is due in a store, calls its platform, stores the answer.

The call is never inside a transaction; the answer is stored in one. A store that is down or slow rests as a
whole, so that it takes no more than one call's time-out from the others.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from core.db import effects, inbox, leases, stores
from core.db.leases import Lease
from core.domain.errors import PlatformRefused, PlatformUnavailable, StoreUnauthorized
from core.domain.payload import clean_text
from core.domain.platform import FETCHED_ORDER, Shop
from core.domain.stores import Store
from core.jobs.bell import DRAIN, EFFECTS
from core.jobs.drain import TRIES_MOST, LeaseLost, give_back
from core.jobs.env import Env
from core.services.receiving import CALLS, CONNECTION_BROKEN

LONGEST_RUN = timedelta(seconds=20)
PORTION = 20
PARKED_FOR = timedelta(hours=1)
"""So long nothing is tried with dead keys: they may work again without anybody telling us."""
LONGEST_PAUSE_S = 900

log = structlog.get_logger()


def run_effects(env: Env, store_id: int) -> int:
    """Carry out what is due in this store; how many effects ended. Leaves the store when it is taken."""
    now = env.now()
    with env.database.write(store_id) as db:
        lease = leases.acquire(db, store_id, stores.OUTSIDE, env.token(), now, lambda: 1)
        # Read under the lease: whoever sets new keys revokes it, so old ones can park nothing afterwards.
        store = stores.store_by_id(db, store_id)
        sealed = stores.sealed_credentials(db, store_id)
    if store is None or sealed is None or lease is None:
        return 0
    env.reach("effects.leased")
    try:
        shop = env.shop(store, env.secrets.unseal(sealed))
        return _work(env, store, shop, lease)
    finally:
        give_back(env, lease)


def _work(env: Env, store: Store, shop: Shop, lease: Lease) -> int:
    ends_at, done = env.now() + LONGEST_RUN, 0
    while env.now() < ends_at:
        with env.database.read(store.store_id) as db:
            portion = effects.due(db, store.store_id, env.now(), PORTION)
        if not portion:
            return done
        for effect in portion:
            if env.now() >= ends_at or not _carry_out(env, store, shop, lease, effect):
                break
            done += 1
        else:
            continue
        break
    env.bell.ring(EFFECTS, store.store_id)
    return done


def _carry_out(env: Env, store: Store, shop: Shop, lease: Lease, effect: Row[Any]) -> bool:
    """Do one effect; False when the store should rest."""
    asked_at = env.now()
    env.reach("effects.before_call")
    try:
        body = shop.fetch_order(effect.subject, asked_at)
    except PlatformUnavailable as trouble:
        _rest(env, lease, effect, trouble)
        return False
    except StoreUnauthorized as trouble:
        _park(env, store, lease, trouble)
        return False
    except PlatformRefused as refusal:
        _close(env, lease, effect, "failed", str(refusal))
        return True
    except Exception as error:  # noqa: BLE001  # a mistake of ours, or the end of the job's time
        return _fail(env, lease, effect, error)
    env.reach("effects.after_call")
    with env.database.write(store.store_id) as db:
        _prove(env, lease, db)
        inbox.add_delivery(db, _fetched_row(effect, body, asked_at, env.now()))
        effects.finish(db, effect, "done", None, env.now())
        # Whichever effect it was: one asked for anew is no longer among the parked ones.
        effects.unpark_all(db, store.store_id, env.now())
        stores.clear_notice(db, store.store_id, CONNECTION_BROKEN, CALLS)
        env.reach("effects.before_commit")
    env.reach("effects.committed")
    env.bell.ring(DRAIN, store.store_id)
    return True


def _rest(env: Env, lease: Lease, effect: Row[Any], trouble: PlatformUnavailable) -> None:
    pause_s = max(trouble.retry_after_s or 0, min(LONGEST_PAUSE_S, 2**effect.attempts))
    with env.database.write(lease.store_id) as db:
        _prove(env, lease, db)
        effects.try_later(db, effect, str(trouble), env.now() + timedelta(seconds=pause_s))
    env.reach("effects.rested")
    log.warning("store.rests", store_id=lease.store_id, pause_s=pause_s, problem=str(trouble)[:200])


def _fail(env: Env, lease: Lease, effect: Row[Any], error: Exception) -> bool:
    """Charge the effect a try and have the store rest; after the last one it has failed, others go on."""
    log.error("effect.broke", store_id=lease.store_id, effect=effect.key, exc_info=error)
    problem = clean_text(f"{type(error).__name__}: {error}", 500)
    if effect.attempts + 1 >= TRIES_MOST:
        _close(env, lease, effect, "failed", problem)
        return True
    _rest(env, lease, effect, PlatformUnavailable(problem))
    return False


def _park(env: Env, store: Store, lease: Lease, trouble: StoreUnauthorized) -> None:
    sentence = f"{store.name} does not let us in any more ({trouble}). Connect the store again."
    with env.database.write(store.store_id) as db:
        _prove(env, lease, db)
        effects.park_all(db, store.store_id, str(trouble), env.now() + PARKED_FOR)
        stores.raise_notice(db, store.store_id, CONNECTION_BROKEN, CALLS, sentence, env.now())
    env.reach("effects.parked")
    log.error("store.unauthorized", store_id=store.store_id, problem=str(trouble)[:200])


def _close(env: Env, lease: Lease, effect: Row[Any], state: str, problem: str) -> None:
    with env.database.write(lease.store_id) as db:
        _prove(env, lease, db)
        effects.finish(db, effect, state, problem, env.now())
    env.reach("effects.closed")
    log.warning("effect.failed", store_id=lease.store_id, effect=effect.key, problem=problem[:200])


def _prove(env: Env, lease: Lease, db: Any) -> None:
    if not leases.prove(db, lease, env.now()):
        raise LeaseLost(f"store {lease.store_id}")


def _fetched_row(effect: Row[Any], body: bytes, asked_at: datetime, now: datetime) -> dict[str, Any]:
    # Never deduped by body: trash, restore and trash again are told by equal ones.
    told = f"{effect.key}|{effect.generation}|{asked_at.isoformat()}"
    return {
        "store_id": effect.store_id,
        "topic": FETCHED_ORDER,
        "delivery_ref": "",
        "dedupe": hashlib.sha256(told.encode()).digest(),
        "body": body,
        "received_at": now,
        "state": inbox.State.NEW,
        "attempts": 0,
        "next_at": now,
    }
