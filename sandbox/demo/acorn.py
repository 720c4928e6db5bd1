"""Acorn: the stand-in Shopify as the demo's shoppers use it."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from flask import Flask

from sandbox.demo.shop import ANA, GUEST, Cart, Goods, Happening, Letter, Priced, Shopper
from sandbox.shopify import checkout, trade
from sandbox.shopify.admin import Admin
from sandbox.shopify.http import Skin, create_app
from sandbox.shopify.orders import Line, ShopOrder
from sandbox.shopify.outbox import Outbox, Sending
from sandbox.shopify.store import Customer, Product, Store

DOMAIN = "acorn.myshopify.com"
TOPICS = frozenset({"orders/create", "orders/updated", "orders/cancelled", "refunds/create"})
RECENT = 8
"""So many of the newest orders are refunded or cancelled, soon enough to overtake a late webhook."""

_GOODS = (
    Goods("7001", "Oak candle", 19_80, 19, "Beeswax, poured by hand. Burns for 40 hours."),
    Goods("7002", "Felt slippers", 49_95, 49, "Wool felt, soft soles. Keeps its shape for years."),
    Goods("7003", "Linen tote", 24_50, 24, "Carries 12 kg, folds to the size of a letter."),
    Goods("7004", "Hand grinder", 79_00, 79, "Steel burrs for one to three cups."),
)
_PEOPLE = (
    Shopper(ANA, "ana@example.com", "7"),
    Shopper("Finn", "finn@example.com", "8"),
    Shopper("Lena", "lena@example.com", "9"),
    Shopper("Omar", "omar@example.com", "10"),
    Shopper(GUEST, "gus@example.com"),
)


@dataclass
class Acorn:
    """As `sandbox.demo.shop.Shop` says."""

    regulars_url: str
    now: Callable[[], datetime]
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    name: str = "Acorn"
    platform: str = "shopify"
    platform_name: str = "Shopify"
    currency: str = "EUR"
    goods: tuple[Goods, ...] = _GOODS
    shoppers: tuple[Shopper, ...] = _PEOPLE
    _said: dict[str, Happening] = field(default_factory=dict)
    orders_placed: int = 0
    _count: int = 0

    def __post_init__(self) -> None:
        outbox = Outbox(DOMAIN, self.signing_secret, lambda: secrets.token_hex(8), TOPICS)
        store = Store(
            outbox,
            domain=DOMAIN,
            products={int(one.goods_ref): _product(one) for one in _GOODS},
            customers={int(one.customer_ref): _customer(one) for one in _PEOPLE if one.customer_ref},
        )
        self._skin = Skin(Admin(store, token=f"shpat_{secrets.token_hex(16)}"), self.now)
        self._url = f"{self.regulars_url}/webhooks/shopify"

    @property
    def access_token(self) -> str:
        """What the Admin API is called with."""
        return self._skin.admin.token

    @property
    def _store(self) -> Store:
        return self._skin.admin.store

    @property
    def _lock(self) -> threading.Lock:
        return self._skin.lock

    def app(self) -> Flask:
        """The Admin API."""
        return create_app(self._skin)

    def price(self, cart: Cart) -> Priced:
        """What the checkout says."""
        with self._lock:
            priced = checkout.checkout(self._store, _cart(cart), self.now())
        off_shipping = sum(priced.shipping_discounts)
        return Priced(
            goods_minor=sum(row.gross for row in priced.rows),
            shipping_minor=priced.shipping,
            discount_minor=priced.taken_off,
            total_minor=priced.total,
            refusal="" if off_shipping else next(iter(priced.refused.values()), ""),
        )

    def order(self, cart: Cart) -> Happening:
        """Place and pay."""
        with self._lock:
            placed = trade.place(self._store, _cart(cart), self.now())
            self.orders_placed += 1
            return self._note(placed, "Paid", placed.total)

    def give_back(self, chance: Random, among: Collection[str] = ()) -> Happening | None:
        """Refund one piece of a line."""
        with self._lock:
            open_lines = [
                (order, line)
                for order in self._recent(among)
                for line in order.lines
                if order.current_quantity(line) and line.net
            ]
            if not open_lines:
                return None
            order, line = chance.choice(open_lines)
            changed = trade.refund(self._store, order.order_id, {line.line_id: 1}, self.now())
            return self._note(changed, "Refund", -changed.refunds[-1].amount)

    def cancel(self, chance: Random, among: Collection[str] = ()) -> Happening | None:
        """Cancel, and give back what is left."""
        with self._lock:
            orders = self._recent(among)
            if not orders:
                return None
            order = chance.choice(orders)
            left = order.total - order.given_back
            return self._note(trade.cancel(self._store, order.order_id, self.now()), "Cancelled", -left)

    def letters(self) -> list[Letter]:
        """The webhooks that are due; what becomes of them in the post is not the outbox's to know."""
        with self._lock:
            outbox, now = self._store.outbox, self.now()
            due = outbox.due(now)
            for sending in due:
                outbox.answered(sending.webhook_id, 200, now)
            return [
                Letter(
                    url=self._url,
                    headers=outbox.headers(sending),
                    body=sending.body,
                    topic=sending.topic,
                    delivery_ref=sending.webhook_id,
                    about=self._said[_order_ref(sending)],
                )
                for sending in due
            ]

    def worth(self) -> dict[str, int]:
        """1 point for each 1.00 of goods that were paid and kept."""
        with self._lock:
            return {str(order.order_id): _points(order) for order in self._store.orders.values()}

    def forget(self, kept: int) -> None:
        """Orders and codes, oldest first."""
        with self._lock:
            for order_id in list(self._store.orders)[:-kept]:
                del self._store.orders[order_id]
                self._said.pop(str(order_id), None)
            for discount_id in list(self._store.discounts)[:-kept]:
                del self._store.discounts[discount_id]

    def _recent(self, among: Collection[str]) -> list[ShopOrder]:
        """New orders of those who order by themselves, that can still be changed."""
        newest = list(self._store.orders.values())[-RECENT:]
        open_orders = [
            order
            for order in newest
            if order.first_name != ANA and not order.is_cancelled and order.status != "refunded"
        ]
        return [order for order in open_orders if str(order.order_id) in among] or open_orders

    def _note(self, order: ShopOrder, what: str, amount_minor: int) -> Happening:
        self._count += 1
        said = Happening(
            str(order.order_id), order.name, order.first_name, what, amount_minor, sequence=self._count
        )
        self._said[said.order_ref] = said
        return said


def _order_ref(sending: Sending) -> str:
    body = json.loads(sending.body)
    return str(body["order_id"] if sending.topic == "refunds/create" else body["id"])


def _points(order: ShopOrder) -> int:
    if order.is_cancelled:
        return 0
    return sum(_kept(order, line) for line in order.lines) // 100


def _kept(order: ShopOrder, line: Line) -> int:
    """What was paid for the pieces that did not go back."""
    back = sum(
        one.subtotal for refund in order.refunds for one in refund.lines if one.line_id == line.line_id
    )
    return line.net - back


def _cart(cart: Cart) -> checkout.Cart:
    return checkout.Cart(
        pieces=tuple((int(ref), quantity) for ref, quantity in cart.pieces),
        codes=(cart.code,) if cart.code else (),
        customer_id=int(cart.shopper.customer_ref) if cart.shopper.customer_ref else None,
        email=cart.shopper.email,
    )


def _product(goods: Goods) -> Product:
    return Product(
        int(goods.goods_ref), goods.title, goods.price_minor, goods.title.upper().replace(" ", "-")
    )


def _customer(shopper: Shopper) -> Customer:
    return Customer(int(shopper.customer_ref or 0), shopper.name, shopper.email)
