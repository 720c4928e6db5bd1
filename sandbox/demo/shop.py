"""A small store as its shoppers and its postman see it, whatever platform it stands in for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Protocol

from flask import Flask

ANA = "Ana"
"""She is whoever looks at the demo; the other shoppers order by themselves."""
GUEST = "Gus"
"""Has no account, orders by e-mail."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Something for sale."""

    goods_ref: str
    title: str
    price_minor: int
    earns_points: int
    told: str


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody who buys."""

    name: str
    email: str
    customer_ref: str | None = None
    """None: without an account."""


@dataclass(frozen=True, slots=True)
class Cart:
    """What a shopper wants."""

    shopper: Shopper
    pieces: tuple[tuple[str, int], ...]
    """(goods_ref, quantity)."""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Priced:
    """What the store's checkout says to a cart."""

    goods_minor: int
    shipping_minor: int
    """After the code, if that makes it free."""
    discount_minor: int
    """All that the code takes off, shipping included."""
    total_minor: int
    refusal: str = ""
    """Why the code takes nothing off."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to an order, for people to read."""

    order_ref: str
    order_name: str
    shopper: str
    what: str
    amount_minor: int
    """Below zero where money went back."""
    sequence: int = 0
    """Rises with everything that happens in the store."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A webhook that leaves the store."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    topic: str
    delivery_ref: str
    about: Happening


class Shop(Protocol):
    """One stand-in store. Safe to use from several threads."""

    name: str
    platform: str
    platform_name: str
    currency: str
    goods: tuple[Goods, ...]
    shoppers: tuple[Shopper, ...]
    orders_placed: int

    @property
    def now(self) -> Callable[[], datetime]:
        """The store's clock."""
        ...

    def app(self) -> Flask:
        """The platform's own API over this store."""
        ...

    def price(self, cart: Cart) -> Priced:
        """What the cart comes to. Raises nothing for a code: it says why it is refused."""
        ...

    def order(self, cart: Cart) -> Happening:
        """Order and pay, with the code if it applies."""
        ...

    def give_back(self, chance: Random, among: Collection[str] = ()) -> Happening | None:
        """Refund one piece of a recent order, one of `among` if it can be; None when there is none."""
        ...

    def cancel(self, chance: Random, among: Collection[str] = ()) -> Happening | None:
        """Cancel a recent order, one of `among` if it can be; None when there is none."""
        ...

    def letters(self) -> list[Letter]:
        """What is to be sent now. Each is handed out once: from here on it is in the post."""
        ...

    def worth(self) -> dict[str, int]:
        """Points by order as they should be, from the store's own books, for the orders still kept."""
        ...

    def forget(self, kept: int) -> None:
        """Drop the oldest orders and codes, so that days of running take no more room than an hour."""
        ...
