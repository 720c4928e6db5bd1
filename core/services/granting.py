"""Tokens a merchant granted: stored sealed, opened, and with a first one the store itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from core.config.secrets import Secrets
from core.db import stores, tokens
from core.domain.errors import PlatformUnavailable
from core.domain.grants import App, Grant, Held, ends_at
from core.domain.keys import changed_keys
from core.domain.platform import Field
from core.domain.stores import Store, StoreState
from core.services.connecting import NewStore, connect_store
from core.services.disconnecting import LACKS_RIGHTS, NEEDS_REAUTH, UNINSTALLED
from core.services.reconnecting import resume_calls


@dataclass(frozen=True, slots=True)
class Introduced:
    """What a store that nobody knew says of itself."""

    domain: str
    currency: str
    timezone: str


def held_of(row: Row[Any], secrets: Secrets) -> Held:
    """The tokens in a row, opened."""
    opened = secrets.unseal(row.sealed)
    return Held(
        app_id=row.app_id,
        access_token=opened["access_token"],
        refresh_token=opened["refresh_token"],
        scopes=frozenset(filter(None, row.scopes.split(","))),
        generation=row.generation,
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        refresh_expires_at=row.refresh_expires_at,
    )


def connect_by_grant(
    db: Connection, platform: str, app: App, met: Introduced, secrets: Secrets, now: datetime
) -> Store:
    """Add a store that installed an app, named as its domain is. Raises Refused."""
    new = NewStore(
        name=_free_name(db, met.domain),
        platform=platform,
        url=f"https://{met.domain}",
        currency=met.currency,
        timezone=met.timezone,
        is_offline=False,
        webhook_path=met.domain,
        credentials={Field.CLIENT_ID: app.client_id, Field.WEBHOOK_SECRET: app.secrets[0]},
    )
    return connect_store(db, new, secrets, now)


def keep_grant(db: Connection, store: Store, app: App, grant: Grant, secrets: Secrets, now: datetime) -> int:
    """Store what the merchant's visit brought, and take up again what dead tokens had stopped; how many.

    A store that was taken out is connected anew, as the same store with its members and points. What it
    could not tell us meanwhile is asked for where calls are taken up again, in `resume_calls`.
    """
    tokens.put_granted(
        db, store.store_id, {"app_id": app.app_id, "granted_at": now, **stored(grant, "", secrets, now)}
    )
    apps_own = {Field.CLIENT_ID: app.client_id, Field.WEBHOOK_SECRET: app.secrets[0]}
    _keep_keys(db, store, apps_own, secrets)
    stores.keep_app(db, store.store_id, app.app_id)
    if store.is_offline:
        stores.call_from_now_on(db, store.store_id)
    if store.state is StoreState.CONNECTED and not store.is_offline:
        return 0
    if store.state is StoreState.UNINSTALLED or store.connected_at is None:
        stores.connected_anew(db, store.store_id, now)
    for kind in (NEEDS_REAUTH, UNINSTALLED, LACKS_RIGHTS):
        stores.clear_notice(db, store.store_id, kind, "")
    return resume_calls(db, replace(store, is_offline=False), now)


def stored(grant: Grant, kept_refresh_token: str, secrets: Secrets, now: datetime) -> dict[str, Any]:
    """A grant as columns. An empty refresh token never replaces the one that is kept.

    Raises PlatformUnavailable for a grant without an access token: it is none.
    """
    if not grant.access_token:
        raise PlatformUnavailable("the platform's answer holds no token")
    refresh_token = grant.refresh_token or kept_refresh_token
    values: dict[str, Any] = {
        "sealed": secrets.seal({"access_token": grant.access_token, "refresh_token": refresh_token}),
        "renewed_at": now,
        "expires_at": ends_at(grant, refresh_token, now),
    }
    if grant.scopes:
        values["scopes"] = ",".join(sorted(grant.scopes))
    if grant.refresh_lasts_s is not None:
        values["refresh_expires_at"] = now + timedelta(seconds=grant.refresh_lasts_s)
    return values


def _keep_keys(db: Connection, store: Store, given: dict[Field, str], secrets: Secrets) -> None:
    """The app's id and secret beside the store, where receivers look. What is the same stays untouched."""
    sealed = stores.sealed_credentials(db, store.store_id)
    held = {} if sealed is None else secrets.unseal(sealed)
    after = changed_keys(held, given, forget_previous=False)
    if sealed is not None and after != held:
        stores.replace_credentials(db, store.store_id, sealed, secrets.seal(after))


def _free_name(db: Connection, domain: str) -> str:
    """The shop's own name in its domain; the whole domain where another store has that name."""
    handle = domain.partition(".")[0]
    is_free = not handle.isdigit() and stores.store_by_name(db, handle) is None
    return handle if is_free else domain
