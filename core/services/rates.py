"""What a foreign currency is worth in a store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from core.db import inbox, stores
from core.domain.errors import Refused
from core.domain.stores import Store, checked_rate, held_for_currency, known_currency


def set_store_rate(db: Connection, store: Store, currency: str, rate: str, now: datetime) -> int:
    """Set how many units of the store's currency one unit of `currency` is worth. Raises Refused.

    Orders settled already keep their rate; deliveries held for want of one go back in line, and how many
    those are is returned. The caller holds the store's lease.
    """
    code = known_currency(currency)
    if code == store.currency:
        raise Refused(f"{store.name} counts in {code} itself; its rate is 1.")
    stores.set_rate(db, store.store_id, code, checked_rate(rate), now)
    return inbox.replay_held(db, store.store_id, held_for_currency(code), now)
