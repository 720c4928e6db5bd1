"""The access token a store is called with: renewed early, by one worker at a time, never lost.

No lock is held while the platform is asked. Whoever renews takes a lease with a token of its own, and stores
the answer by one UPDATE that proves it; an answer that comes after somebody else took over is thrown away. A
refresh token stays with us until its successor is stored: where an answer is lost, it is sent again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from core.db import stores, tokens
from core.domain.errors import GrantEnded, PlatformTrouble, PlatformUnavailable, StoreUnauthorized
from core.domain.grants import Grant, Held
from core.domain.stores import Store, StoreState
from core.jobs.env import Env
from core.services.apps import app_of
from core.services.disconnecting import needs_reauth
from core.services.granting import held_of, stored

RENEWED_EVERY: Final = timedelta(days=7)
"""Refresh tokens of stores nobody calls would end after 90 days."""
_AGAIN_AFTER_S: Final = 2
"""So long somebody else's renewal is waited for."""

log = structlog.get_logger()


class KeptTokens:
    """The tokens kept for one store; for a store without any, the one that was typed in."""

    def __init__(self, env: Env, store: Store, typed_in: str) -> None:
        self._env = env
        self._store = store
        self._typed_in = typed_in

    def current(self) -> str:
        """As `core.domain.grants.Tokens` says."""
        held = self._held()
        if held is None:
            return self._typed_in
        if held.is_fresh(self._env.now()):
            return held.access_token
        return self._renewed(held)

    def instead_of(self, dead: str, trouble: StoreUnauthorized) -> str:
        """As `core.domain.grants.Tokens` says. What was typed in cannot be renewed."""
        held = self._held()
        if held is None:
            if isinstance(trouble, GrantEnded):
                with self._env.database.write(self._store.store_id) as db:
                    needs_reauth(db, self._store, str(trouble), self._env.now())
            raise trouble
        if held.access_token != dead:
            return held.access_token
        return self._renewed(held, is_dead=True)

    def renew_idle(self) -> bool:
        """Renew the token although nobody needs it, so that it can be renewed later; False: there is none."""
        held = self._held()
        if held is None or not held.refresh_token:
            return False
        self._renewed(held)
        return True

    def _held(self) -> Held | None:
        with self._env.database.read(self._store.store_id) as db:
            row = tokens.tokens_of(db, self._store.store_id)
        return None if row is None else held_of(row, self._env.secrets)

    def _renewed(self, held: Held, *, is_dead: bool = False) -> str:
        env, store_id, lease_token = self._env, self._store.store_id, self._env.token()
        with env.database.write(store_id) as db:
            is_ours = tokens.take_renewal(db, store_id, held.generation, lease_token, env.now())
        if not is_ours:
            return self._others(held, is_dead=is_dead)
        env.reach("tokens.leased")
        if not held.refresh_token:
            return self._give_up(held, lease_token, "its token is dead and none came with it to renew it")
        try:
            grant = self._asked(held)
            env.reach("tokens.after_call")
            return self._keep(held, lease_token, grant)
        except GrantEnded as ended:
            return self._give_up(held, lease_token, str(ended))
        except PlatformTrouble:
            # Whether the platform did it we do not know: the token we hold is sent again next time.
            self._give_back(lease_token)
            raise

    def _asked(self, held: Held) -> Grant:
        with self._env.database.read_all() as everywhere:
            app = app_of(everywhere, self._env.secrets, held.app_id)
        return self._env.grants().by_refresh(self._store.webhook_path, app, held.refresh_token)

    def _others(self, held: Held, *, is_dead: bool) -> str:
        """What to use while somebody else renews, or has renewed by now."""
        current = self._held()
        if current is None:
            raise StoreUnauthorized("the store's tokens are gone")
        if current.generation != held.generation:
            return current.access_token
        if is_dead or held.is_dead(self._env.now()):
            raise PlatformUnavailable("another worker is renewing the store's token", _AGAIN_AFTER_S)
        return held.access_token

    def _keep(self, held: Held, lease_token: str, grant: Grant) -> str:
        values = stored(grant, held.refresh_token, self._env.secrets, self._env.now())
        with self._env.database.write(self._store.store_id) as db:
            is_stored = tokens.put_renewed(db, self._store.store_id, lease_token, values)
        if is_stored:
            log.info("token.renewed", store_id=self._store.store_id)
            return grant.access_token
        return self._others(held, is_dead=True)

    def _give_up(self, held: Held, lease_token: str, why: str) -> str:
        """The store needs its merchant, unless somebody else had a token for it meanwhile."""
        env, store = self._env, self._store
        with env.database.write(store.store_id) as db:
            is_ours = tokens.give_back_renewal(db, store.store_id, lease_token)
            if is_ours:
                needs_reauth(db, store, why, env.now())
        if not is_ours:
            return self._others(held, is_dead=True)
        log.error("store.needs_reauth", store_id=store.store_id, problem=why[:200])
        raise GrantEnded(why)

    def _give_back(self, lease_token: str) -> None:
        with self._env.database.write(self._store.store_id) as db:
            tokens.give_back_renewal(db, self._store.store_id, lease_token)


def renew_idle(env: Env, store_id: int) -> bool:
    """Renew the token of a store nobody has called for a week; whether it was. Trouble waits."""
    with env.database.read(store_id) as db:
        store = stores.store_by_id(db, store_id)
        row = tokens.tokens_of(db, store_id)
    if store is None or row is None or store.is_offline or store.state is not StoreState.CONNECTED:
        return False
    if row.renewed_at > env.now() - RENEWED_EVERY:
        return False
    try:
        return KeptTokens(env, store, "").renew_idle()
    except PlatformTrouble as trouble:
        log.warning("token.not_renewed", store_id=store_id, problem=str(trouble)[:200])
        return False
