"""Disconnecting a store on purpose: nothing is called any more, and the ledger stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from core.db import effects, leases, stores
from core.domain.errors import Refused
from core.domain.stores import Store, StoreState
from core.services.receiving import CONNECTION_BROKEN, DELIVERIES, REFUSED


def leave(db: Connection, store: Store, now: datetime) -> None:
    """Take us out of the store. Raises Refused when we are out already.

    Whoever is calling it at this moment can store nothing of it any more. Points, members and what waits to
    be done stay; connecting the store again takes all of it up.
    """
    if store.state in {StoreState.UNINSTALLED, StoreState.WIPED}:
        raise Refused(f"{store.name} is disconnected already.")
    stores.disconnected(db, store.store_id, now)
    leases.revoke(db, store.store_id, stores.OUTSIDE)
    stores.clear_notice(db, store.store_id, CONNECTION_BROKEN, DELIVERIES, *effects.KINDS)
    stores.clear_notice(db, store.store_id, REFUSED, "")
