"""New keys for a store that is connected already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import effects, hooks, leases, stores
from core.domain.errors import Refused
from core.domain.stores import Store
from core.services.disconnecting import NEEDS_REAUTH
from core.services.receiving import CONNECTION_BROKEN, DELIVERIES, REFUSED
from core.services.reconciling import soon


def replace_keys(
    db: Connection, store: Store, seen: bytes, keys: Mapping[str, str], secrets: Secrets
) -> None:
    """Store these keys, sealed, in place of the sealed ones that were `seen`.

    Raises Refused when somebody else has changed them since.
    """
    if not stores.replace_credentials(db, store.store_id, seen, secrets.seal(dict(keys))):
        raise Refused(f"Somebody else changed the keys of {store.name} just now. Look at them and try again.")


def come_back(db: Connection, store: Store, now: datetime) -> None:
    """A store that did not let us in, or had taken us out, is connected from now on.

    Webhooks of ours from before are made anew: they speak with the rights of whoever made them.
    """
    stores.connected_anew(db, store.store_id, now)
    stores.clear_notice(db, store.store_id, CONNECTION_BROKEN, DELIVERIES)
    if hooks.of_store(db, store.store_id):
        effects.ask(db, store.store_id, effects.KEEP_HOOKS, [effects.ALL_HOOKS], now)


def forgive_refused(db: Connection, store: Store) -> None:
    """Take back that deliveries were refused: with another secret, they may no longer be."""
    stores.clear_notice(db, store.store_id, REFUSED, "")


def resume_calls(db: Connection, store: Store, now: datetime) -> int:
    """Take up again every call that dead keys had stopped; how many. What was missed is looked for, too.

    Whoever is calling the store at this moment, with the keys of before, can store nothing of it any more.
    """
    stores.let_in_again(db, store.store_id)
    stores.clear_notice(db, store.store_id, NEEDS_REAUTH, "")
    leases.revoke(db, store.store_id, stores.OUTSIDE)
    stores.clear_notice(db, store.store_id, CONNECTION_BROKEN, *effects.KINDS)
    if not store.is_offline:
        soon(db, store.store_id, now, now)
    return effects.unpark(db, store.store_id, effects.KINDS, now)
