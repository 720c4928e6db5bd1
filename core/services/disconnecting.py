"""What becomes of a store that no longer lets us in: for a while, or until it is installed again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from core.db import effects, leases, stores, tokens
from core.domain.platform import RightsChanged
from core.domain.stores import Store, StoreState

NEEDS_REAUTH: Final = "needs_reauth"
UNINSTALLED: Final = "uninstalled"
LACKS_RIGHTS: Final = "lacks_rights"

APP: Final = "app"
"""What is asked about."""

_A_DAY = timedelta(days=1)


def needs_reauth(db: Connection, store: Store, why: str, now: datetime) -> None:
    """The store's tokens are dead: its calls wait until the merchant opens the app's page again.

    Deliveries go on being counted. Where the platform said, too, that the merchant took us out, she did.
    Does nothing to a store that is not connected.
    """
    current = stores.store_by_id(db, store.store_id)
    if current is None or current.state is not StoreState.CONNECTED:
        return
    if effects.is_waiting(db, store.store_id, effects.CHECK_INSTALLED, APP):
        uninstalled(db, store, now)
        return
    stores.shut_out(db, store.store_id)
    _park(db, store.store_id, why, now)
    sentence = (
        f"{store.name} no longer lets us in ({why}). Open the app once from the store's admin, and all goes "
        "on. Orders that arrive are counted meanwhile."
    )
    stores.raise_notice(db, store.store_id, NEEDS_REAUTH, "", sentence, now)


def uninstalled(db: Connection, store: Store, now: datetime) -> None:
    """The merchant took us out: tokens are forgotten, calls wait, and nothing told from now on counts.

    Whoever settles or calls at this moment can store nothing of it, and begins again under this state.
    """
    stores.disconnected(db, store.store_id, now)
    tokens.drop_tokens(db, store.store_id)
    _park(db, store.store_id, "the app is not installed", now)
    for name in stores.LEASE_NAMES:
        leases.revoke(db, store.store_id, name)
    stores.clear_notice(db, store.store_id, NEEDS_REAUTH, "")
    sentence = (
        f"The app was taken out of {store.name}. Points and members are kept; orders placed from now on do "
        "not count. Install the app again, and everything goes on."
    )
    stores.raise_notice(db, store.store_id, UNINSTALLED, "", sentence, now)


def told_of_removal(db: Connection, store: Store, told_at: datetime, now: datetime) -> str:
    """The platform says that we were taken out at `told_at`, which nobody signed; what was done about it.

    A telling of an earlier installation changes nothing. Of this one, the platform is asked itself before
    anything is believed, where it can be asked: the body is signed, but may be an old one sent again.
    """
    current = stores.store_by_id(db, store.store_id) or store
    if current.state in {StoreState.UNINSTALLED, StoreState.WIPED}:
        return "the app was taken out already"
    row = tokens.tokens_of(db, store.store_id)
    since = max(filter(None, (current.connected_at, row.granted_at if row else None)), default=None)
    if since is not None and told_at < since:
        return "told of an earlier installation"
    if current.is_offline or current.state is StoreState.NEEDS_REAUTH:
        uninstalled(db, current, now)
        return "the app was taken out"
    effects.ask(db, store.store_id, effects.CHECK_INSTALLED, [APP], now)
    return "the store is asked whether the app was taken out"


def rights_changed(db: Connection, store: Store, changed: RightsChanged, now: datetime) -> None:
    """Say what we lack, or that we lack nothing any more: then calls that were not let in are tried again."""
    tokens.renew_soon(db, store.store_id, now)
    if changed.lacking:
        sentence = (
            f"{store.name} no longer grants us: {', '.join(changed.lacking)}. "
            "Open the app from the store's admin to grant it again."
        )
        stores.raise_notice(db, store.store_id, LACKS_RIGHTS, "", sentence, now)
        return
    stores.clear_notice(db, store.store_id, LACKS_RIGHTS, "")
    effects.unpark(db, store.store_id, effects.KINDS, now)


def no_longer_counts(store: Store, received_at: datetime) -> bool:
    """Whether an order told of at this moment is one of a store that had taken us out."""
    if store.state is StoreState.WIPED:
        return True
    is_out = store.state is StoreState.UNINSTALLED
    return is_out and store.disconnected_at is not None and received_at >= store.disconnected_at


def _park(db: Connection, store_id: int, why: str, now: datetime) -> None:
    for kind in effects.KINDS:
        effects.park(db, store_id, kind, why, now + _A_DAY)
