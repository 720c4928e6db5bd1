"""What a store holds. Money is in minor units as the shopper sees prices, or net where a field says so."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sandbox.woocommerce.outbox import Outbox, Webhook

VERSION = "11.0.1"


@dataclass(slots=True)
class Product:
    """Something for sale."""

    product_id: int
    name: str
    price_minor: int
    sku: str = ""


@dataclass(slots=True)
class Customer:
    """An account."""

    customer_id: int
    email: str
    first_name: str
    created_at: datetime
    modified_at: datetime


@dataclass(slots=True)
class Coupon:
    """A coupon as the store keeps it."""

    coupon_id: int
    code: str
    created_at: datetime
    modified_at: datetime
    status: str = "publish"
    amount: Decimal = Decimal(0)
    discount_type: str = "fixed_cart"
    description: str = ""
    expires_at: datetime | None = None
    individual_use: bool = False
    product_ids: list[int] = field(default_factory=list)
    usage_limit: int | None = None
    usage_limit_per_user: int | None = None
    limit_usage_to_x_items: int | None = None
    free_shipping: bool = False
    minimum_amount: Decimal = Decimal(0)
    email_restrictions: list[str] = field(default_factory=list)
    meta: list[tuple[int, str, str]] = field(default_factory=list)
    used_by: list[str] = field(default_factory=list)
    """Account ids and e-mail addresses, once for each use."""

    @property
    def usage_count(self) -> int:
        """How many orders use it."""
        return len(self.used_by)


@dataclass(slots=True)
class Line:
    """Goods of an order; net, with the tax apart."""

    line_id: int
    product_id: int
    name: str
    sku: str
    quantity: int
    subtotal_minor: int
    subtotal_tax_minor: int
    total_minor: int
    total_tax_minor: int


@dataclass(slots=True)
class CouponLine:
    """A coupon that took part in an order."""

    line_id: int
    coupon_id: int
    code: str
    discount_type: str
    amount: Decimal
    free_shipping: bool
    discount_minor: int
    discount_tax_minor: int


@dataclass(frozen=True, slots=True)
class RefundedLine:
    """What a refund took back of one line; net, with the tax apart."""

    line_id: int
    refunded_line_id: int
    quantity: int
    total_minor: int
    total_tax_minor: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back."""

    refund_id: int
    amount_minor: int
    """Gross."""
    reason: str
    created_at: datetime
    lines: tuple[RefundedLine, ...] = ()


@dataclass(slots=True)
class Order:
    """An order as the store keeps it."""

    order_id: int
    key: str
    status: str
    customer_id: int
    first_name: str
    email: str
    payment_method: str
    created_at: datetime
    modified_at: datetime
    lines: list[Line]
    coupon_lines: list[CouponLine]
    shipping_minor: int
    shipping_tax_minor: int
    created_via: str = "store-api"
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    refunds: list[Refund] = field(default_factory=list)
    meta: list[tuple[int, str, str]] = field(default_factory=list)
    holds_coupon_uses: bool = False
    status_before_trash: str = ""

    @property
    def tax_minor(self) -> int:
        """All of it, shipping's included."""
        return sum(line.total_tax_minor for line in self.lines) + self.shipping_tax_minor

    @property
    def total_minor(self) -> int:
        """What the shopper pays. Refunds do not change it."""
        return sum(line.total_minor for line in self.lines) + self.shipping_minor + self.tax_minor

    @property
    def refunded_minor(self) -> int:
        """All money given back."""
        return sum(refund.amount_minor for refund in self.refunds)


@dataclass(slots=True)
class Key:
    """A key of the REST API."""

    key_id: int
    consumer_key: str
    consumer_secret: str
    permissions: str = "read_write"
    description: str = ""


@dataclass(slots=True)
class Plugin:
    """Our plugin, as it is installed in the store."""

    server: str = ""
    secret: str = ""


@dataclass(slots=True)
class Store:
    """The truth of one store."""

    name: str
    url: str
    chance: random.Random
    currency: str = "JPY"
    decimals: int = 0
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    tax_percent: int = 10
    has_tax_in_prices: bool = True
    shipping_minor: int = 500
    """Net."""
    has_free_shipping_method: bool = True
    """A zone has “free shipping, requires a coupon”; without it no coupon makes shipping free."""
    keeps_restrictions: bool = True
    """False: some plugin drops the e-mail restrictions of coupons."""
    owner_status: int = 200
    """What the user who made keys and webhooks may do; 403: demoted, 401: deleted."""
    plugin: Plugin | None = None
    """None: it is not installed."""
    products: dict[int, Product] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    coupons: dict[int, Coupon] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    _last: dict[str, int] = field(default_factory=dict)

    def next_id(self, kind: str) -> int:
        """A fresh id. Products, coupons, orders and refunds are all of kind `post`, as in WordPress."""
        self._last[kind] = self._last.get(kind, 9 if kind == "post" else 0) + 1
        return self._last[kind]

    def tell(self, topic: str, arg: int) -> None:
        """Something happened: queue what the webhooks of `topic` have to tell about it."""
        for webhook in self.webhooks.values():
            if webhook.topic == topic and webhook.status == "active":
                self.outbox.queue(webhook.webhook_id, arg)

    def random_hex(self, letters: int) -> str:
        """So many hexadecimal digits by the store's own chance."""
        return f"{self.chance.getrandbits(4 * letters):0{letters}x}"


def add_product(store: Store, name: str, price_minor: int, sku: str = "") -> Product:
    """Put something on sale."""
    product = Product(store.next_id("post"), name, price_minor, sku or name.upper())
    store.products[product.product_id] = product
    return product


def add_customer(store: Store, email: str, first_name: str, now: datetime) -> Customer:
    """Somebody opens an account."""
    customer = Customer(store.next_id("user"), email, first_name, now, now)
    store.customers[customer.customer_id] = customer
    store.tell("customer.created", customer.customer_id)
    return customer


def add_key(store: Store, permissions: str = "read_write", description: str = "") -> Key:
    """A new key with its secret."""
    key = Key(
        store.next_id("key"),
        f"ck_{store.random_hex(40)}",
        f"cs_{store.random_hex(40)}",
        permissions,
        description,
    )
    store.keys[key.key_id] = key
    return key
