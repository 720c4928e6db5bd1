"""Codes that a store counts as used although no order with them has reached us: the merchant is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import stores
from core.domain.stores import Store

CODE_USED: Final = "code_used"
"""The kind of notice; its subject is the redemption."""
TOLD_AFTER: Final = timedelta(hours=1)
"""So long an order may be on its way without anybody being told."""


def tell_of_use(db: Connection, store: Store, redemption: Row[Any], now: datetime) -> None:
    """Raise the notice about a redemption being taken back, once it has waited long for the code's order."""
    if now - redemption.changed_at < TOLD_AFTER:
        return
    sentence = (
        f"{store.name} counts a use of code {redemption.code}, but no order with it has reached us, so the "
        f"points of redemption {redemption.id} neither count as used nor come back. Find the order in the "
        "store and save it there once more, so that we are told of it; if there is none, delete the code "
        "there, and the points come back."
    )
    stores.raise_notice(db, store.store_id, CODE_USED, str(redemption.id), sentence, now)


def forget_use(db: Connection, store_id: int, redemption_id: int) -> None:
    """Take the notice back: the order has come, or the store counts no use any more."""
    stores.clear_notice(db, store_id, CODE_USED, str(redemption_id))
