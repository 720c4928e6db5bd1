"""What there is in the stand-in store: products, customers, codes and orders."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sandbox.shopify.discounts import CodeDiscount, Use
from sandbox.shopify.orders import ShopOrder
from sandbox.shopify.outbox import Outbox


@dataclass(frozen=True)
class Product:
    """Something for sale, with one variant."""

    product_id: int
    title: str
    price: int
    sku: str = ""

    @property
    def variant_id(self) -> int:
        return self.product_id + 40_000


@dataclass(frozen=True)
class Customer:
    """Somebody with an account."""

    customer_id: int
    first_name: str
    email: str


PRODUCTS = (
    Product(7001, "Mug", 19_90, "MUG"),
    Product(7002, "Espresso beans", 18_50, "BEANS"),
    Product(7003, "Hand grinder", 79_00, "GRINDER"),
    Product(7004, "Filter papers", 6_90, "PAPERS"),
)
CUSTOMERS = (Customer(7, "Ana", "ana@example.com"), Customer(8, "Finn", "finn@example.com"))

FIRST_ID = 6_200_000_000_427
IDS_APART = 10
"""Room for the ids of an order's parts that nothing else refers to."""


@dataclass
class Store:
    """The whole state. Nothing in it reads a clock or draws by chance."""

    outbox: Outbox
    domain: str = "acorn.myshopify.com"
    name: str = "Acorn"
    currency: str = "EUR"
    timezone: str = "Europe/Berlin"
    shipping: int = 4_95
    usage_lag: timedelta = timedelta(seconds=30)
    """How late Shopify counts uses in what it tells; its checkout knows at once."""
    products: dict[int, Product] = field(default_factory=lambda: {one.product_id: one for one in PRODUCTS})
    customers: dict[int, Customer] = field(
        default_factory=lambda: {one.customer_id: one for one in CUSTOMERS}
    )
    discounts: dict[int, CodeDiscount] = field(default_factory=dict)
    orders: dict[int, ShopOrder] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_ID, IDS_APART))
    """They rise with time, as Shopify's do."""
    order_numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def code(self, name: str) -> CodeDiscount | None:
        """The discount of this code, whatever the case."""
        return next((one for one in self.discounts.values() if one.code.lower() == name.lower()), None)

    def told_uses(self, discount: CodeDiscount, now: datetime) -> int:
        """As many uses as Shopify has counted by now."""
        return sum(use.at <= now - self.usage_lag for use in discount.uses)

    def note_use(self, discount: CodeDiscount, use: Use) -> None:
        """The code is on a placed order."""
        self.discounts[discount.discount_id] = replace(discount, uses=(*discount.uses, use))

    def end(self, discount: CodeDiscount, now: datetime) -> CodeDiscount:
        """The discount, ended now."""
        ended = self.discounts[discount.discount_id] = replace(discount, ends_at=now)
        return ended
