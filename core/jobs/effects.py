"""Carries out effects: takes what is due in a store and has it done, kind by kind.

The call is never inside a transaction; the answer is stored in one. A store that is down or slow rests as a
whole, so that it takes no more than one call's time-out from the others. Keys may lack the right to one kind
of effect and have it to another: what is not let in waits with its kind, and the other kinds go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row

from core.db import effects, leases, stores
from core.domain.errors import PlatformRefused, PlatformUnavailable, StoreUnauthorized
from core.domain.payload import told_text
from core.domain.stores import StoreState
from core.jobs.bell import EFFECTS
from core.jobs.codes import end_code, make_code
from core.jobs.drain import TRIES_MOST, LeaseLost, give_back
from core.jobs.env import Env
from core.jobs.fetching import fetch_order
from core.jobs.hooks import keep_hooks
from core.jobs.removal import check_installed
from core.jobs.work import Work
from core.services.receiving import CONNECTION_BROKEN

LONGEST_RUN = timedelta(seconds=20)
PORTION = 20
PARKED_FOR = timedelta(hours=1)
"""So long nothing that was not let in is tried: it may be again without anybody telling us."""
LONGEST_PAUSE_S = 900

KINDS: Final[Mapping[str, Callable[[Work, Row[Any]], None]]] = {
    effects.FETCH_ORDER: fetch_order,
    effects.MAKE_CODE: make_code,
    effects.END_CODE: end_code,
    effects.CHECK_INSTALLED: check_installed,
    effects.KEEP_HOOKS: keep_hooks,
}
"""What each kind does: calls the platform and stores the answer, or raises what the platform's trouble is."""

NEVER_GIVEN_UP: Final = frozenset({effects.MAKE_CODE, effects.END_CODE})
"""Points hang on these: only what the store answers to the question itself says what becomes of them."""

RIGHTS: Final[Mapping[str, str]] = {
    effects.FETCH_ORDER: "read its orders",
    effects.MAKE_CODE: "make discount codes",
    effects.END_CODE: "switch discount codes off",
    effects.CHECK_INSTALLED: "ask whether the app is installed",
    effects.KEEP_HOOKS: "keep its webhooks",
}
"""What the store's keys have to allow."""

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
    if store.is_offline or store.state is not StoreState.CONNECTED:
        give_back(env, lease)
        return 0
    env.reach("effects.leased")
    try:
        return _work(Work(env, store, env.shop(store, env.secrets.unseal(sealed)), lease))
    finally:
        give_back(env, lease)


def _work(work: Work) -> int:
    env = work.env
    ends_at, done = env.now() + LONGEST_RUN, 0
    while env.now() < ends_at:
        with env.database.read(work.store_id) as db:
            portion = effects.due(db, work.store_id, env.now(), PORTION)
        if not portion:
            return done
        for effect in portion:
            if env.now() >= ends_at or not _carry_out(work, effect):
                break
            done += 1
        else:
            continue
        break
    env.bell.ring(EFFECTS, work.store_id)
    return done


def _carry_out(work: Work, effect: Row[Any]) -> bool:
    """Do one effect; False when the store should rest."""
    work.env.reach("effects.before_call")
    try:
        KINDS[effect.kind](work, effect)
    except PlatformUnavailable as trouble:
        _rest(work, effect, trouble)
        return False
    except StoreUnauthorized as trouble:
        _park(work, effect, trouble)
        return False
    except PlatformRefused as refusal:
        _close(work, effect, str(refusal))
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  # a mistake of ours, or the end of the job's time
        return _fail(work, effect, error)
    return True


def _rest(work: Work, effect: Row[Any], trouble: PlatformUnavailable) -> None:
    pause_s = max(trouble.retry_after_s or 0, min(LONGEST_PAUSE_S, 2**effect.attempts))
    with work.transaction() as db:
        effects.try_later(db, effect, str(trouble), work.env.now() + timedelta(seconds=pause_s))
    work.env.reach("effects.rested")
    log.warning("store.rests", store_id=work.store_id, pause_s=pause_s, problem=str(trouble)[:200])


def _fail(work: Work, effect: Row[Any], error: Exception) -> bool:
    """Charge the effect a try and have the store rest; after the last one it has failed, others go on."""
    log.error("effect.broke", store_id=work.store_id, effect=effect.key, exc_info=error)
    problem = told_text(f"{type(error).__name__}: {error}", 500)
    if effect.attempts + 1 >= TRIES_MOST:
        _close(work, effect, problem)
        return True
    _rest(work, effect, PlatformUnavailable(problem))
    return False


def _park(work: Work, effect: Row[Any], trouble: StoreUnauthorized) -> None:
    """Set the effect's kind aside. It may be this one alone that is not let in: another is tried next."""
    store, kind, now = work.store, effect.kind, work.env.now()
    sentence = f"{store.name} does not let us {RIGHTS[kind]} ({trouble}). Give it keys that may."
    with work.transaction() as db:
        effects.charge(db, effect)
        effects.park(db, store.store_id, kind, str(trouble), now + PARKED_FOR)
        current = stores.store_by_id(db, store.store_id)
        # Where it waits for its merchant altogether, that was said.
        if current is not None and current.state is StoreState.CONNECTED:
            stores.raise_notice(db, store.store_id, CONNECTION_BROKEN, kind, sentence, now)
    work.env.reach("effects.parked")
    log.error("store.unauthorized", store_id=store.store_id, kind=kind, problem=str(trouble)[:200])


def _close(work: Work, effect: Row[Any], problem: str) -> None:
    with work.transaction() as db:
        if effect.kind in NEVER_GIVEN_UP:
            work.later(db, effect, work.env.now() + timedelta(seconds=LONGEST_PAUSE_S), problem)
        else:
            work.failed(db, effect, problem)
    work.env.reach("effects.closed")
    log.warning("effect.failed", store_id=work.store_id, effect=effect.key, problem=problem[:200])
