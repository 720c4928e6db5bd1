"""Birch, a WooCommerce store of this machine, and what its callers need to know."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.domain.discounts import AmountOff, Benefit, Discount, Holder
from sandbox.woocommerce.door import Door, Send
from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.serving import Serving, serving
from sandbox.woocommerce.store import Customer, Key, Product, Store, add_customer, add_key, add_product

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ANA = "ana@example.com"
KEY, SECRET = "ck_birch", "cs_birch"


@dataclass
class Hands:
    """A clock that is moved by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def wait(self, **parts: float) -> datetime:
        self.at += timedelta(**parts)
        return self.at


@dataclass
class Birch:
    """The store with its goods, Ana's account and our key."""

    store: Store
    mug: Product
    tea: Product
    ana: Customer
    key: Key


def birch(**settings: Any) -> Birch:
    """JPY, prices with 10 % tax: a mug for ¥1,500, tea for ¥990; shipping ¥500 and tax."""
    store = Store("Birch", "https://birch.example", random.Random(7), **settings)
    mug, tea = add_product(store, "Mug", 1500), add_product(store, "Tea", 990)
    ana = add_customer(store, ANA, "Ana", NOW)
    key = add_key(store)
    key.consumer_key, key.consumer_secret = KEY, SECRET
    return Birch(store, mug, tea, ana, key)


def nobody_listens(_sending: Sending) -> int | None:
    """Sends nothing."""
    return None


@contextmanager
def served(
    opened: Birch,
    clock: Hands,
    certificate: Path | None = None,
    send: Send = nobody_listens,
    path: str = "",
) -> Iterator[Serving]:
    """The store over HTTP."""
    with serving(Door(opened.store, clock.now, send), certificate, path) as running:
        yield running


def a_discount(benefit: Benefit | None = None, **changes: Any) -> Discount:
    """Ana's ¥300 off, in the currency of Birch."""
    wanted: dict[str, Any] = {
        "code": "ANA-7Q2M-X4",
        "mark": "Regulars redemption 12",
        "title": "¥300 off",
        "benefit": benefit or AmountOff(300),
        "currency": "JPY",
        "holder": Holder("1", ANA),
    }
    return Discount(**(wanted | changes))
