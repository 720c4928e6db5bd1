"""Looks after our webhooks at a store now and then, and takes them away from one that is disconnected."""

from __future__ import annotations

from datetime import timedelta

import structlog

from core.db import effects, hooks, leases, stores
from core.domain.errors import PlatformTrouble, PlatformUnavailable
from core.domain.hooks import Hooked
from core.domain.keys import CALLING
from core.domain.stores import Store, StoreState
from core.jobs.drain import give_back
from core.jobs.effects import run_effects
from core.jobs.env import Env
from core.jobs.hooks import kept_hooks
from core.jobs.linking import drop_link
from core.jobs.work import Work

GIVEN_UP_AFTER = timedelta(days=7)
"""Webhooks at a store that has not answered for so long are no longer asked about."""

log = structlog.get_logger()


def look_after_hooks(env: Env, store_id: int) -> int:
    """See that the store has our webhooks, or, once disconnected, has them no more; how much was done."""
    with env.database.write(store_id) as db:
        store = stores.store_by_id(db, store_id)
        if store is not None and store.state is StoreState.CONNECTED:
            effects.ask(db, store_id, effects.KEEP_HOOKS, [effects.ALL_HOOKS], env.now())
    if store is None:
        return 0
    return drop_hooks(env, store_id) if store.state is StoreState.UNINSTALLED else run_effects(env, store_id)


def drop_hooks(env: Env, store_id: int) -> int:
    """Delete our webhooks at a store that is disconnected; how many. Leaves the store when it is taken.

    One the store will not delete is given up: nothing comes of what it sends. With the last one, the keys for
    calling the store are forgotten.
    """
    with env.database.write(store_id) as db:
        lease = leases.acquire(db, store_id, stores.OUTSIDE, env.token(), env.now(), lambda: 1)
        store = stores.store_by_id(db, store_id)
        sealed = stores.sealed_credentials(db, store_id)
    if store is None or sealed is None or lease is None:
        return 0
    try:
        if store.state is not StoreState.UNINSTALLED:
            return 0
        work = Work(env, store, env.shop(store, env.secrets.unseal(sealed)), lease)
        return _drop(work, store, sealed)
    finally:
        give_back(env, lease)


def _drop(work: Work, store: Store, sealed: bytes) -> int:
    dropped, env = 0, work.env
    with work.transaction() as db:
        kept = kept_hooks(db, store.store_id)
    for hook in kept:
        try:
            if isinstance(work.shop, Hooked):
                work.shop.remove_hook(hook.hook_ref)
            dropped += 1
        except PlatformUnavailable as trouble:
            if env.now() - hook.active_at < GIVEN_UP_AFTER:
                log.warning("hooks.left", store_id=store.store_id, problem=str(trouble)[:200])
                return dropped
        except PlatformTrouble as trouble:
            log.warning("hook.given_up", store_id=store.store_id, problem=str(trouble)[:200])
        with work.transaction() as db:
            hooks.forget(db, store.store_id, [hook.hook_ref])
    held = env.secrets.unseal(sealed)
    drop_link(work, held)
    fewer = {name: key for name, key in held.items() if name not in CALLING}
    with work.transaction() as db:
        stores.replace_credentials(db, store.store_id, sealed, env.secrets.seal(fewer))
    return dropped
