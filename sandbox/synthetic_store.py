"""A made-up WooCommerce store: shoppers order, pay, get refunds and cancel; signed deliveries come out.

Deliveries come as a real store sends them: some twice, some late, some in the wrong order. The same seed
makes the same store. `expected_points` is an oracle of its own, knowing nothing of the product's code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

SHOPPERS = (("7", "Ana"), ("8", "Finn"), ("9", "Lena"), ("10", "Omar"), ("11", "Yuki"))
GOODS = (
    ("Espresso beans", "18.50"),
    ("Filter papers", "6.90"),
    ("Hand grinder", "79.00"),
    ("Blue mug", "19.90"),
    ("Cold brew bottle", "34.00"),
)
DUPLICATED_SHARE = 0.2
LATE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class SignedDelivery:
    """One request as the store would make it."""

    body: bytes
    headers: dict[str, str]
    said: str
    """What happened in the store, for people to read."""


@dataclass(slots=True)
class SyntheticStore:
    """The truth of one made-up store."""

    seed: int
    secret: str
    currency: str = "EUR"
    opened_at: datetime = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    first_order_id: int = 1001
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    _late: list[SignedDelivery] = field(default_factory=list)
    _count: int = 0
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  # the same seed makes the same store

    def deliveries(self, happenings: int) -> Iterator[SignedDelivery]:
        """What the store sends while so many things happen in it; all of it has been sent at the end."""
        for _ in range(happenings):
            yield from self._disturbed(self._happen())
        yield from self._late
        self._late.clear()

    def expected_points(self) -> dict[str, int]:
        """Points by order at 1 point for each whole unit of net, rounded down, from the truth alone."""
        return {str(order_id): _points(order) for order_id, order in self.orders.items()}

    def _disturbed(self, delivery: SignedDelivery) -> Iterator[SignedDelivery]:
        if self._chance.random() < LATE_SHARE:
            self._late.append(delivery)
            return
        yield delivery
        if self._chance.random() < DUPLICATED_SHARE:
            yield delivery
        if self._late and self._chance.random() < LATE_SHARE:
            yield self._late.pop(self._chance.randrange(len(self._late)))

    def _happen(self) -> SignedDelivery:
        self._count += 1
        living = [order for order in self.orders.values() if order["status"] == "processing"]
        chance = self._chance.random()
        if not living or chance < 0.6:
            return self._place()
        order = self._chance.choice(living)
        if chance < 0.85:
            return self._refund_some(order)
        return self._change(order, {"status": "cancelled"}, "was cancelled")

    def _place(self) -> SignedDelivery:
        customer_ref, name = self._chance.choice(SHOPPERS)
        order_id = self.first_order_id + len(self.orders)
        chosen = self._chance.sample(GOODS, k=self._chance.randint(1, 3))
        lines = [_line(number, *goods) for number, goods in enumerate(chosen, start=1)]
        total = sum(Decimal(line["total"]) for line in lines)
        order = {
            "id": order_id,
            "number": str(order_id),
            "status": "processing",
            "currency": self.currency,
            "date_created_gmt": _gmt(self._now()),
            "date_modified_gmt": _gmt(self._now()),
            "date_paid_gmt": _gmt(self._now()),
            "date_completed_gmt": None,
            "total": str(total),
            "customer_id": int(customer_ref),
            "billing": {"first_name": name, "email": f"{name.lower()}@example.com"},
            "created_via": "checkout",
            "meta_data": [],
            "line_items": lines,
            "coupon_lines": [],
            "refunds": [],
        }
        self.orders[order_id] = order
        return self._told("order.created", order, f"{name} ordered for {total}")

    def _refund_some(self, order: dict[str, Any]) -> SignedDelivery:
        left = Decimal(order["total"]) + sum(Decimal(refund["total"]) for refund in order["refunds"])
        amount = min(left, Decimal(self._chance.randint(1, 40)))
        refund = {"id": 5000 + self._count, "reason": "", "total": str(-amount), "total_tax": "0.00"}
        return self._change(order, {"refunds": [*order["refunds"], refund]}, f"got {amount} back")

    def _change(self, order: dict[str, Any], changes: dict[str, Any], said: str) -> SignedDelivery:
        order.update(changes, date_modified_gmt=_gmt(self._now()))
        return self._told("order.updated", order, f"order {order['number']} {said}")

    def _told(self, topic: str, order: dict[str, Any], said: str) -> SignedDelivery:
        body = json.dumps(order).encode()
        signed = hmac.digest(self.secret.encode(), body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Delivery-ID": hashlib.md5(_gmt(self._now()).encode()).hexdigest(),  # noqa: S324
            "X-WC-Webhook-Signature": base64.b64encode(signed).decode(),
        }
        return SignedDelivery(body, headers, said)

    def _now(self) -> datetime:
        """A second passes with everything that happens."""
        return self.opened_at + timedelta(seconds=self._count)


def _line(number: int, name: str, net: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "product_id": 10 + number,
        "variation_id": 0,
        "sku": name.upper().replace(" ", "-"),
        "quantity": 1,
        "subtotal": net,
        "total": net,
        "total_tax": "0.00",
    }


def _points(order: dict[str, Any]) -> int:
    if order["status"] != "processing":
        return 0
    net = sum(Decimal(line["total"]) for line in order["line_items"])
    given_back = -sum(Decimal(refund["total"]) for refund in order["refunds"])
    return int(max(Decimal(0), net - given_back))


def _gmt(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
