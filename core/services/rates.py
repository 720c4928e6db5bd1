"""What a foreign currency is worth in a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.db import inbox, stores
from core.domain.errors import Refused
from core.domain.stores import (
    Store,
    checked_rate,
    currency_waited_for,
    held_for_currency,
    known_currency,
)


@dataclass(frozen=True, slots=True)
class ForeignCurrency:
    """A currency a store was paid in, or has a rate for."""

    currency: str
    rate: str | None
    """Units of the store's currency for one of it; None: orders in it wait."""
    waiting: int
    """Orders held for want of a rate."""


def foreign_currencies(db: Connection, store_id: int) -> list[ForeignCurrency]:
    """Those with a rate, and those that wait for one: what waits first, then by code."""
    rates = stores.rates(db, store_id)
    held = inbox.held_by_reason(db, store_id).items()
    waiting = {code: number for reason, number in held if (code := currency_waited_for(reason))}
    found = [
        ForeignCurrency(code, rates.get(code), waiting.get(code, 0)) for code in rates.keys() | waiting.keys()
    ]
    return sorted(found, key=lambda one: (not one.waiting, one.currency))


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


def remove_store_rate(db: Connection, store: Store, currency: str) -> str | None:
    """Take the rate of `currency` away; the rate that was, None when there was none. Raises Refused.

    Orders settled already keep their rate; one that comes later is held until there is one again. The caller
    holds the store's lease.
    """
    code = known_currency(currency)
    was = stores.rates(db, store.store_id).get(code)
    stores.drop_rate(db, store.store_id, code)
    return was
