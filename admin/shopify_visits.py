"""A merchant's visit from Shopify's admin: by it the store is connected, with tokens that work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import IntegrityError

from core.db import stores, tokens
from core.domain.errors import PlatformUnavailable, Refused
from core.domain.grants import App, Grant, Held
from core.domain.platform import Field
from core.domain.stores import Store, StoreState, time_zone
from core.jobs.bell import EFFECTS
from core.jobs.env import Env
from core.services.apps import known_apps
from core.services.granting import Introduced, connect_by_grant, held_of, keep_grant
from integrations.shopify.documents import lacking_scopes
from integrations.shopify.id_token import Visit
from integrations.shopify.shop import About, ShopifyShop

SHOPIFY: Final = "shopify"

PROVEN_FOR: Final = timedelta(minutes=5)
"""So long a token is believed in without being had anew: nothing in a visit says that the app was taken out
and installed again since, so that the token we hold is dead while the news of it is still on its way."""

log = structlog.get_logger()


class LacksRights(Refused):
    """The merchant granted less than we need; `lacking` says what."""

    def __init__(self, lacking: tuple[str, ...]) -> None:
        self.lacking = lacking
        super().__init__(f"The app lacks these scopes: {', '.join(lacking)}.")


@dataclass(frozen=True, slots=True)
class _Known:
    """What there was before the visit."""

    store: Store | None
    held: Held | None


def apps_here(env: Env) -> list[App]:
    """Every Shopify app of this installation."""
    with env.database.read_all() as db:
        return known_apps(db, env.secrets, SHOPIFY)


def let_in(env: Env, visit: Visit) -> Store:
    """The store of a proven visit, with tokens that work; an unknown one is connected.

    Raises LacksRights, StaleVisit, PlatformTrouble, and Refused when the store cannot be connected.
    """
    known = _known(env, visit.shop)
    if known.store is not None and not _wants_grant(known, visit.app, env):
        return known.store
    try:
        grant = env.grants().by_id_token(visit.shop, visit.app, visit.id_token)
    except PlatformUnavailable as trouble:
        if known.store is None or known.held is None:
            raise
        # The page says how the store stands; its tokens are had with the next visit.
        log.warning("visit.without_grant", store_id=known.store.store_id, problem=str(trouble)[:200])
        return known.store
    return install(env, visit.shop, visit.app, grant)


def install(env: Env, shop: str, app: App, grant: Grant) -> Store:
    """Keep a grant for the store of a shop, connecting it when nobody knew it. Raises as `let_in`."""
    store = _known(env, shop).store
    if lacking := lacking_scopes(grant.scopes):
        raise LacksRights(lacking)
    if store is None:
        store = _connected(env, shop, app, grant)
    with env.database.write(store.store_id) as db:
        resumed = keep_grant(db, store, app, grant, env.secrets, env.now())
        now_known = stores.store_by_id(db, store.store_id) or store
    env.bell.ring(EFFECTS, store.store_id)
    log.info("store.let_in", store_id=store.store_id, resumed=resumed)
    return now_known


def _known(env: Env, shop: str) -> _Known:
    with env.database.read_all() as db:
        found = stores.store_by_webhook_path(db, SHOPIFY, shop)
        row = tokens.tokens_of(db, found[0].store_id) if found else None
    return _Known(found[0] if found else None, held_of(row, env.secrets) if row else None)


def _wants_grant(known: _Known, app: App, env: Env) -> bool:
    """Whether the store needs a token from this visit."""
    store, held, now = known.store, known.held, env.now()
    if store is None or held is None or store.state is not StoreState.CONNECTED or store.is_offline:
        return True
    is_same = held.app_id == app.app_id and not lacking_scopes(held.scopes)
    return not (is_same and held.is_fresh(now) and held.granted_at + PROVEN_FOR > now)


def _connected(env: Env, shop: str, app: App, grant: Grant) -> Store:
    about = _about(env, shop, grant)
    if about.domain != shop:
        raise Refused(f"{shop} says that its domain is {about.domain}: open the app from there.")
    met = Introduced(shop, about.currency, about.timezone)
    try:
        with env.database.write_all() as db:
            return connect_by_grant(db, SHOPIFY, app, met, env.secrets, env.now())
    except (Refused, IntegrityError):
        # Two pages opened at once: the other one was first.
        store = _known(env, shop).store
        if store is None:
            raise
        return store


def _about(env: Env, shop: str, grant: Grant) -> About:
    # It has no number yet: whatever calls are counted under 0 end with this visit.
    stranger = Store(0, shop, SHOPIFY, f"https://{shop}", "", time_zone("UTC"), False, shop)
    opened = env.shop(stranger, {Field.ACCESS_TOKEN: grant.access_token})
    if not isinstance(opened, ShopifyShop):
        raise TypeError("a Shopify store is opened as something else")
    return opened.about()
