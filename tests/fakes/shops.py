"""A store that answers fetches from memory, and can be told to fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.woocommerce.fetched import fetched_body
from tests.fakes.no_codes import NoCodes


@dataclass
class FakeShop(NoCodes):
    """What the platform would say of its orders, in WooCommerce's words."""

    orders: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    refunds: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    trouble: list[Exception] = field(default_factory=list)
    """Raised by the next calls, one each."""
    broken: set[str] = field(default_factory=set)
    """Orders over which our own code breaks."""
    asked: list[str] = field(default_factory=list)

    def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:
        self.asked.append(order_ref)
        if order_ref in self.broken:
            raise ZeroDivisionError("\x00 a mistake of ours")
        if self.trouble:
            raise self.trouble.pop(0)
        return fetched_body(order_ref, asked_at, self.orders.get(order_ref), self.refunds.get(order_ref, []))
