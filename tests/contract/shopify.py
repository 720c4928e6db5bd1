"""Shopify under the contract: the adapter and the stand-in store, over HTTP."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.discounts import Holder
from core.domain.platform import Delivery, Platform, Shop
from integrations.shopify import PLATFORM
from integrations.shopify.admin import AdminApi, FixedToken
from integrations.shopify.bucket import LocalBucket
from integrations.shopify.shop import ShopifyShop
from integrations.shopify.wire import Limits, Wire
from sandbox.shopify import checkout, trade
from sandbox.shopify.admin import Admin
from sandbox.shopify.discounts import CodeDiscount
from sandbox.shopify.faults import Fault
from sandbox.shopify.http import Skin, create_app
from sandbox.shopify.outbox import Outbox
from sandbox.shopify.store import Store
from tests.contract.rig import Cart, Priced, Trouble, served
from tests.world import NOW

SECRET = "acorn-app-secret"
MUG, BEANS = "7001", "7002"
PATIENCE = Limits(connect_s=3.0, read_s=2.5, total_s=5.0)
_FAULTS = {
    Trouble.TIMEOUT_BEFORE: Fault.TIMEOUT_BEFORE,
    Trouble.TIMEOUT_AFTER: Fault.TIMEOUT_AFTER,
    Trouble.RESET_AFTER: Fault.RESET_AFTER,
    Trouble.TOO_MANY: Fault.TOO_MANY,
    Trouble.SERVER_ERROR: Fault.SERVER_ERROR,
    Trouble.HTML: Fault.HTML,
    Trouble.REDIRECT: Fault.REDIRECT,
    Trouble.SLOW: Fault.SLOW,
}


def a_store() -> Store:
    """Acorn, with ids that are numbers in a row."""
    numbers = itertools.count(1)
    return Store(Outbox("acorn.myshopify.com", SECRET, lambda: f"w{next(numbers)}"))


@dataclass
class ShopifyRig:
    """As `tests.contract.rig.Rig` says."""

    url: str
    skin: Skin
    wire: Wire
    moment: list[datetime]
    currency: str = "EUR"
    platform: Platform = PLATFORM
    secrets: tuple[str, ...] = (SECRET,)
    shoppers: dict[str, Holder] = field(
        default_factory=lambda: {
            "ana": Holder("7", "ana@example.com"),
            "finn": Holder("8", "finn@example.com"),
        }
    )
    prices_minor: dict[str, int] = field(default_factory=lambda: {MUG: 19_90, BEANS: 18_50})
    shipping_minor: int = 4_95

    @property
    def store(self) -> Store:
        return self.skin.admin.store

    def shop(self, *, dead: bool = False) -> Shop:
        token = "shpat_of_yesterday" if dead else self.skin.admin.token
        return ShopifyShop(AdminApi(self.url, FixedToken(token), LocalBucket(), self.wire))

    def fail(self, trouble: Trouble) -> None:
        self.skin.faults.fail([_FAULTS[trouble]])

    def codes(self) -> set[str]:
        return {discount.code.lower() for discount in self.store.discounts.values()}

    def make_foreign_code(self, name: str) -> None:
        number = next(self.store.ids)
        self.store.discounts[number] = CodeDiscount(number, name, "Summer sale", starts_at=NOW, amount=100)

    def price(self, cart: Cart) -> Priced:
        priced = checkout.checkout(self.store, self._cart(cart), self.moment[0])
        return Priced(priced.taken_off, bool(priced.refused))

    def order(self, cart: Cart) -> list[Delivery]:
        trade.place(self.store, self._cart(cart), self.moment[0])
        return self.told()

    def newest_order(self) -> str:
        return str(max(self.store.orders))

    def refund_half(self, order_ref: str) -> None:
        [line] = self.store.orders[int(order_ref)].lines
        trade.refund(self.store, int(order_ref), {line.line_id: 1}, self.moment[0])

    def cancel(self, order_ref: str) -> None:
        trade.cancel(self.store, int(order_ref), self.moment[0])

    def told(self) -> list[Delivery]:
        outbox, deliveries = self.store.outbox, []
        for one in outbox.due(self.moment[0]):
            headers = {name.lower(): value for name, value in outbox.headers(one).items()}
            deliveries.append(Delivery(one.body, headers))
            outbox.answered(one.webhook_id, 200, self.moment[0])
        return deliveries

    def wait(self, hours: float) -> None:
        self.moment[0] += timedelta(hours=hours)

    def _cart(self, cart: Cart) -> checkout.Cart:
        holder = self.shoppers[cart.shopper]
        pieces = Counter(cart.product_refs)
        return checkout.Cart(
            pieces=tuple((int(ref), quantity) for ref, quantity in pieces.items()),
            codes=(cart.code,) if cart.code else (),
            customer_id=int(holder.customer_ref or 0),
            email=holder.email,
        )


@contextmanager
def opened() -> Iterator[ShopifyRig]:
    """A store, served, and an adapter short of patience."""
    moment = [NOW]
    skin = Skin(Admin(a_store()), clock=lambda: moment[0], silence_s=1.2, slow_s=0.1)
    wire = Wire(PATIENCE)
    try:
        with served(create_app(skin)) as url:
            yield ShopifyRig(url, skin, wire, moment)
    finally:
        wire.close()
