"""WooCommerce under the contract: the adapter and the stand-in store, over HTTPS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from requests_hardened import HTTPSession

from core.domain.addresses import read_address, read_networks
from core.domain.discounts import Holder
from core.domain.platform import Delivery, Platform, Shop
from integrations.outgoing.session import Patience, open_session
from integrations.woocommerce import PLATFORM
from integrations.woocommerce.client import WooCommerceClient
from integrations.woocommerce.shop import WooCommerceShop
from sandbox.woocommerce import checkout, coupons, faults, orders, webhooks
from sandbox.woocommerce.deliveries import next_sending
from sandbox.woocommerce.problems import CheckoutRefused
from sandbox.woocommerce.serving import Serving
from sandbox.woocommerce.store import Store, add_customer, add_product
from tests.contract.rig import Cart, Priced, Trouble
from tests.fakes.birch import ANA, KEY, SECRET, Hands, birch, served
from tests.fakes.certificates import make_certificates
from tests.world import NOW

HOOK_SECRET = "birch-hook"
PATIENCE = Patience(connect_s=3.0, read_s=2.5, total_s=5.0)
_FAULTS = {
    Trouble.TIMEOUT_BEFORE: faults.time_out(applied=False),
    Trouble.TIMEOUT_AFTER: faults.time_out(applied=True),
    Trouble.RESET_AFTER: faults.reset(applied=True),
    Trouble.TOO_MANY: faults.throttled(2),
    Trouble.SERVER_ERROR: faults.broken(502),
    Trouble.HTML: faults.page(),
    Trouble.REDIRECT: faults.redirected("https://elsewhere.example/wp-json/wc/v3/coupons"),
    Trouble.SLOW: faults.slow(0.1),
}


@dataclass
class WooCommerceRig:
    """As `tests.contract.rig.Rig` says."""

    running: Serving
    session: HTTPSession
    clock: Hands
    shoppers: dict[str, Holder]
    prices_minor: dict[str, int]
    currency: str = "JPY"
    platform: Platform = PLATFORM
    secrets: tuple[str, ...] = (HOOK_SECRET,)
    shipping_minor: int = 550
    keys: dict[str, str] = field(default_factory=lambda: {"consumer_key": KEY, "consumer_secret": SECRET})

    @property
    def store(self) -> Store:
        return self.running.door.store

    def shop(self, *, dead: bool = False) -> Shop:
        keys = {"consumer_key": "ck_of_yesterday", "consumer_secret": SECRET} if dead else self.keys
        return WooCommerceShop(WooCommerceClient(read_address(self.running.url), keys, self.session))

    def fail(self, trouble: Trouble) -> None:
        self.running.door.faults.fail(_FAULTS[trouble])

    def codes(self) -> set[str]:
        return {coupon.code for coupon in self.store.coupons.values()}

    def make_foreign_code(self, name: str) -> None:
        coupons.create(self.store, {"code": name, "amount": "100"}, self.clock.at)

    def price(self, cart: Cart) -> Priced:
        full = checkout.quote(self.store, self._basket(cart), self.clock.at).total_minor
        try:
            total = checkout.quote(self.store, self._basket(cart, cart.code), self.clock.at).total_minor
        except CheckoutRefused:
            return Priced(0, is_refused=True)
        return Priced(full - total, is_refused=False)

    def order(self, cart: Cart) -> list[Delivery]:
        checkout.place_order(self.store, self._basket(cart, *filter(None, [cart.code])), self.clock.at)
        return self.told()

    def newest_order(self) -> str:
        return str(max(self.store.orders))

    def refund_half(self, order_ref: str) -> None:
        order = orders.find(self.store, int(order_ref))
        [line] = order.lines
        half = orders.Back(line.line_id, 1, line.total_minor // 2, line.total_tax_minor // 2)
        money = half.total_minor + half.total_tax_minor
        orders.refund(self.store, order.order_id, money, self.clock.at, [half])

    def cancel(self, order_ref: str) -> None:
        orders.set_status(self.store, int(order_ref), "cancelled", self.clock.at)

    def told(self) -> list[Delivery]:
        self.store.outbox.visit(self.clock.at)
        sendings = iter(lambda: next_sending(self.store, self.clock.at), None)
        return [
            Delivery(one.body, {name.lower(): value for name, value in one.headers.items()})
            for one in sendings
        ]

    def wait(self, hours: float) -> None:
        self.clock.wait(hours=hours)

    def _basket(self, cart: Cart, *codes: str) -> checkout.Basket:
        holder = self.shoppers[cart.shopper]
        pieces = Counter(int(ref) for ref in cart.product_refs)
        return checkout.Basket(
            tuple(pieces.items()), holder.email or "", int(holder.customer_ref or 0), codes
        )


@contextmanager
def opened() -> Iterator[WooCommerceRig]:
    """A store, served, and an adapter short of patience."""
    birch_store, clock = birch(), Hands(NOW)
    store = birch_store.store
    pot, finn = add_product(store, "Pot", 1350), add_customer(store, "finn@example.com", "Finn", NOW)
    for topic in ("order.created", "order.updated", "order.deleted", "order.restored"):
        fields = {"topic": topic, "delivery_url": "https://regulars.example/x", "secret": HOOK_SECRET}
        webhooks.create(store, fields, NOW)
    with (
        TemporaryDirectory() as folder,
        _session(Path(folder)) as (session, certificate),
        served(birch_store, clock, certificate) as running,
    ):
        yield WooCommerceRig(
            running,
            session,
            clock,
            {
                "ana": Holder(str(birch_store.ana.customer_id), ANA),
                "finn": Holder(str(finn.customer_id), finn.email),
            },
            {str(product.product_id): product.price_minor for product in (birch_store.mug, pot)},
        )


@contextmanager
def _session(folder: Path) -> Iterator[tuple[HTTPSession, Path]]:
    """A session that trusts this machine, and the certificate by which it does."""
    authority, certificate = make_certificates(folder)
    with open_session(read_networks("127.0.0.0/8"), authority, PATIENCE) as session:
        yield session, certificate
