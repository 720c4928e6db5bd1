"""Birch: the stand-in WooCommerce as the demo's shoppers use it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from flask import Flask

from sandbox.demo.shop import ANA, GUEST, Cart, Goods, Happening, Letter, Priced, Shopper
from sandbox.woocommerce import checkout, orders, webhooks
from sandbox.woocommerce.amounts import net_and_tax
from sandbox.woocommerce.door import Door
from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.problems import CheckoutRefused
from sandbox.woocommerce.skin import create_skin
from sandbox.woocommerce.store import Key, Line, Order, Product, Store, add_customer, add_key, add_product

TOPICS = ("order.created", "order.updated")
RECENT = 8

_GOODS = (
    ("Sencha tea", 1_980, "First harvest, 100 g. Brew at 70 °C."),
    ("Cast iron pot", 6_800, "Holds 0.6 litres, warm for an hour."),
    ("Cedar soap", 1_100, "Made of rice bran oil, smells of a forest."),
    ("Tea tray", 3_680, "Solid birch, oiled."),
)
_NAMES = (ANA, "Yuki", "Mei", "Theo")


@dataclass
class Birch:
    """As `sandbox.demo.shop.Shop` says."""

    url: str
    now: Callable[[], datetime]
    name: str = "Birch"
    platform: str = "woocommerce"
    platform_name: str = "WooCommerce"
    currency: str = "JPY"
    goods: tuple[Goods, ...] = ()
    shoppers: tuple[Shopper, ...] = ()
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    _said: dict[str, Happening] = field(default_factory=dict)
    _leaving: list[Sending] = field(default_factory=list)
    orders_placed: int = 0
    _count: int = 0

    def __post_init__(self) -> None:
        self._store = Store(self.name, self.url, Random(secrets.randbits(64)))  # noqa: S311  # made-up order keys
        self._door = Door(self._store, self.now, self._take)
        self.key: Key = add_key(self._store, "read_write", "Regulars")
        made = [(add_product(self._store, title, price), told) for title, price, told in _GOODS]
        self.goods = tuple(self._goods(product, told) for product, told in made)
        people = (
            add_customer(self._store, f"{name.lower()}@example.com", name, self.now()) for name in _NAMES
        )
        accounts = [Shopper(one.first_name, one.email, str(one.customer_id)) for one in people]
        self.shoppers = (*accounts, Shopper(GUEST, "gus@example.com"))

    def deliver_to(self, webhook_url: str) -> None:
        """The merchant makes the store's webhooks."""
        with self._door.lock:
            for topic in TOPICS:
                fields = {"topic": topic, "delivery_url": webhook_url, "secret": self.webhook_secret}
                webhooks.create(self._store, fields, self.now())

    def app(self) -> Flask:
        """The REST API."""
        return create_skin(self._door)

    def price(self, cart: Cart) -> Priced:
        """What the checkout says."""
        with self._door.lock:
            now = self.now()
            full = checkout.quote(self._store, _basket(cart), now)
            asked, refusal = full, ""
            if cart.code:
                try:
                    asked = checkout.quote(self._store, _basket(cart, cart.code), now)
                except CheckoutRefused as refused:
                    refusal = str(refused)
        return Priced(
            goods_minor=sum(line.subtotal_minor + line.subtotal_tax_minor for line in full.lines),
            shipping_minor=full.shipping_minor + full.shipping_tax_minor,
            discount_minor=full.total_minor - asked.total_minor,
            total_minor=asked.total_minor,
            refusal=refusal,
        )

    def order(self, cart: Cart) -> Happening:
        """Check out and pay by card; a code that does not apply is left out."""
        with self._door.lock:
            code = cart.code if cart.code and not self.price(cart).refusal else ""
            placed = checkout.place_order(self._store, _basket(cart, *filter(None, [code])), self.now())
            self.orders_placed += 1
            return self._note(placed, "Paid", placed.total_minor)

    def give_back(self, chance: Random, among: Collection[str] = ()) -> Happening | None:
        """Refund one piece of a line, its tax included."""
        with self._door.lock:
            open_lines = [
                (order, line)
                for order in self._recent(among)
                for line in order.lines
                if _pieces_left(order, line)
            ]
            if not open_lines:
                return None
            order, line = chance.choice(open_lines)
            back = _one_piece(order, line)
            amount_minor = back.total_minor + back.total_tax_minor
            if not 0 < amount_minor <= order.total_minor - order.refunded_minor:
                return None
            orders.refund(self._store, order.order_id, amount_minor, self.now(), [back])
            return self._note(order, "Refund", -amount_minor)

    def cancel(self, chance: Random, among: Collection[str] = ()) -> Happening | None:
        """Cancel; WooCommerce moves no money by itself."""
        with self._door.lock:
            recent = self._recent(among)
            if not recent:
                return None
            order = chance.choice(recent)
            left_minor = order.total_minor - order.refunded_minor
            orders.set_status(self._store, order.order_id, "cancelled", self.now())
            return self._note(order, "Cancelled", -left_minor)

    def letters(self) -> list[Letter]:
        """What the store's one runner sends on this visit."""
        with self._door.lock:
            self._store.outbox.visit(self.now())
            self._door.deliver()
            leaving, self._leaving = self._leaving, []
            return [self._letter(sending) for sending in leaving]

    def worth(self) -> dict[str, int]:
        """1 point for each ¥100 of goods without tax that were paid and kept."""
        with self._door.lock:
            return {str(order.order_id): _points(order) for order in self._store.orders.values()}

    def forget(self, kept: int) -> None:
        """Orders and coupons, oldest first."""
        with self._door.lock:
            for order_id in list(self._store.orders)[:-kept]:
                del self._store.orders[order_id]
                self._said.pop(str(order_id), None)
            for coupon_id in list(self._store.coupons)[:-kept]:
                del self._store.coupons[coupon_id]

    def _goods(self, product: Product, told: str) -> Goods:
        net_minor, _ = net_and_tax(product.price_minor, self._store.tax_percent, has_tax_in_prices=True)
        return Goods(str(product.product_id), product.name, product.price_minor, net_minor // 100, told)

    def _take(self, sending: Sending) -> int:
        self._leaving.append(sending)
        return 200

    def _letter(self, sending: Sending) -> Letter:
        return Letter(
            url=sending.url,
            headers=sending.headers,
            body=sending.body,
            topic=sending.headers["X-WC-Webhook-Topic"],
            delivery_ref=sending.headers["X-WC-Webhook-Delivery-ID"],
            about=self._said[str(json.loads(sending.body)["id"])],
        )

    def _recent(self, among: Collection[str]) -> list[Order]:
        newest = list(self._store.orders.values())[-RECENT:]
        open_orders = [order for order in newest if order.first_name != ANA and order.status == "processing"]
        return [order for order in open_orders if str(order.order_id) in among] or open_orders

    def _note(self, order: Order, what: str, amount_minor: int) -> Happening:
        self._count += 1
        order_ref = str(order.order_id)
        said = Happening(
            order_ref, f"#{order_ref}", order.first_name, what, amount_minor, sequence=self._count
        )
        self._said[order_ref] = said
        return said


def _basket(cart: Cart, *codes: str) -> checkout.Basket:
    return checkout.Basket(
        items=tuple((int(ref), quantity) for ref, quantity in cart.pieces),
        email=cart.shopper.email,
        customer_id=int(cart.shopper.customer_ref or 0),
        codes=codes,
        first_name=cart.shopper.name,
    )


def _back_of(order: Order, line: Line) -> tuple[int, int, int]:
    """Pieces, net and tax that refunds took back of a line."""
    backs = [b for refund in order.refunds for b in refund.lines if b.refunded_line_id == line.line_id]
    return (
        sum(back.quantity for back in backs),
        sum(back.total_minor for back in backs),
        sum(back.total_tax_minor for back in backs),
    )


def _pieces_left(order: Order, line: Line) -> int:
    return line.quantity - _back_of(order, line)[0]


def _one_piece(order: Order, line: Line) -> orders.Back:
    """The last piece takes what rounding left."""
    pieces, net_minor, tax_minor = _back_of(order, line)
    if pieces + 1 == line.quantity:
        return orders.Back(line.line_id, 1, line.total_minor - net_minor, line.total_tax_minor - tax_minor)
    return orders.Back(
        line.line_id, 1, line.total_minor // line.quantity, line.total_tax_minor // line.quantity
    )


def _points(order: Order) -> int:
    if order.status not in {"processing", "completed"}:
        return 0
    return sum(line.total_minor - _back_of(order, line)[1] for line in order.lines) // 100
