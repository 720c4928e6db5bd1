"""Wiping a store that is no longer connected: refused while it is, final, done in portions."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import leases, stores, wiping
from core.domain.errors import Refused
from core.domain.stores import Store, StoreState

WIPE_REFUSED: Final = "wipe_refused"
PORTION: Final = 1000
"""Rows deleted in one transaction."""


def gone_path(secrets: Secrets, platform: str, webhook_path: str) -> str:
    """Under what a wiped store's address is kept: it can be recognised, and not be read."""
    said = f"gone:{platform}:{webhook_path}".encode()
    return f"gone-{hmac.digest(secrets.identity_key, said, hashlib.sha256).hex()[:56]}"


def begin_wipe(db: Connection, store: Store, secrets: Secrets) -> None:
    """Make the store nobody's; what it leaves, `wipe_on` deletes. Raises Refused while it is connected."""
    current = stores.store_by_id(db, store.store_id)
    if current is None or current.state not in {StoreState.UNINSTALLED, StoreState.WIPED}:
        raise Refused(
            f"{store.name} is connected, so nothing of it was deleted. Disconnect it first; a store that "
            "was asked to be forgotten and came back since is not to be."
        )
    if current.state is StoreState.UNINSTALLED:
        path = gone_path(secrets, current.platform, current.webhook_path)
        wiping.begin(db, current.store_id, path, secrets.seal({}))
        # Whoever is calling the store at this moment can store nothing of it any more.
        leases.revoke(db, current.store_id, stores.OUTSIDE)


def is_wiped_clean(db: Connection, store_id: int) -> bool:
    """Whether nothing is left of a store that was wiped."""
    return not wiping.has_any(db, store_id)


def wipe_on(db: Connection, store_id: int) -> int:
    """Delete the next portion of a wiped store; how many rows. 0: nothing is left."""
    return wiping.portion(db, store_id, PORTION)
