"""What a platform brings to the contract: its adapter, a stand-in store, and that store's shoppers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from werkzeug.serving import make_server

from core.domain.discounts import Holder
from core.domain.platform import Delivery, Platform, Shop

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Trouble(StrEnum):
    """How the next call to the store ends."""

    TIMEOUT_BEFORE = "no answer, and nothing is done"
    TIMEOUT_AFTER = "no answer, and yet it is done"
    RESET_AFTER = "the connection breaks, and yet it is done"
    TOO_MANY = "429"
    SERVER_ERROR = "5xx"
    HTML = "a page with status 200"
    REDIRECT = "a redirect"
    SLOW = "done, and answered late but in time"


@dataclass(frozen=True)
class Cart:
    """What a shopper wants to buy."""

    shopper: str
    """One of the rig's `shoppers`."""
    code: str
    """Empty: none."""
    product_refs: tuple[str, ...]
    """One piece of each; twice in a row: two pieces."""


@dataclass(frozen=True)
class Priced:
    """What the store's checkout says to a cart."""

    discount_minor: int
    """All that the code takes off, shipping included."""
    is_refused: bool


class Rig(Protocol):
    """One platform under the contract. Each test has a store of its own."""

    currency: str
    platform: Platform
    secrets: tuple[str, ...]
    """What the store's webhooks are signed with."""
    shoppers: dict[str, Holder]
    """Ana and Finn, who have accounts."""
    prices_minor: dict[str, int]
    """Two products by reference; each price is at least 1,000 and a multiple of ten."""
    shipping_minor: int

    def shop(self, *, dead: bool = False) -> Shop:
        """The adapter; `dead`: with keys the store does not know."""
        ...

    def fail(self, trouble: Trouble) -> None:
        """The next call ends like this."""
        ...

    def codes(self) -> set[str]:
        """The names of all codes the store has, in lower case, read past the adapter."""
        ...

    def make_foreign_code(self, name: str) -> None:
        """The merchant makes a code of her own."""
        ...

    def price(self, cart: Cart) -> Priced:
        """Ask the checkout, without ordering."""
        ...

    def order(self, cart: Cart) -> list[Delivery]:
        """Order and pay; the webhooks that tell of it."""
        ...

    def newest_order(self) -> str:
        """The order placed last, by the platform's id."""
        ...

    def refund_half(self, order_ref: str) -> None:
        """Give back one of two pieces that are all of an order's goods, with its money."""
        ...

    def cancel(self, order_ref: str) -> None:
        """Cancel an order."""
        ...

    def told(self) -> list[Delivery]:
        """The webhooks that tell what happened since they were asked for last."""
        ...

    def wait(self, hours: float) -> None:
        """Let time pass in the store."""
        ...


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """The application on a port of its own; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # A caller that hangs up is what many tests are about: no thread is waited for.
    server.block_on_close = False  # type: ignore[attr-defined]
    server.log = lambda *_, **__: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
