"""One connected Shopify store, as something to call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from core.domain.catching_up import Mark, OrdersPage
from core.domain.discounts import CodePage, Discount, FoundCode
from core.domain.errors import BadDelivery, PlatformUnavailable, StoreUnauthorized
from core.domain.payload import clean_text, reference
from integrations.shopify.admin import AdminApi
from integrations.shopify.bulk import past_orders
from integrations.shopify.codes import Codes
from integrations.shopify.documents import document, lacking_scopes
from integrations.shopify.errors import NoSuchShop
from integrations.shopify.fetched import gone_body, hidden_body, object_at, order_body
from integrations.shopify.listed import listed_orders
from integrations.shopify.reading import read_order
from integrations.shopify.vanished import WHY_HIDDEN, granted_scopes, is_surely_gone, recently_placed

_AGAIN_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class About:
    """What a store says of itself."""

    name: str
    domain: str
    """Its own myshopify.com domain, whatever address it was called by."""
    currency: str
    timezone: str
    """IANA."""
    scopes: frozenset[str]
    """What it has granted this app."""

    @property
    def lacking_scopes(self) -> tuple[str, ...]:
        """What it would have to grant on top, sorted."""
        return lacking_scopes(self.scopes)


class ShopifyShop:
    """A store reached through its Admin API: something to fetch from, and a `CodeShop`."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api
        self._codes = Codes(api)

    def about(self) -> About:
        """The store's name, currency, time zone and grants. Raises as `AdminApi.run`."""
        with _making_sense():
            data = self._api.run(document("shop"), {})
            shop = object_at(data, "shop")
            return About(
                name=clean_text(shop.get("name"), 80),
                domain=clean_text(shop.get("myshopifyDomain")).lower(),
                currency=clean_text(shop.get("currencyCode"), 3),
                timezone=clean_text(shop.get("ianaTimezone"), 60),
                scopes=granted_scopes(data),
            )

    def prove(self) -> None:
        """Return when the token is good and the app has every scope it needs. Raises PlatformTrouble."""
        if lacking := self.about().lacking_scopes:
            raise StoreUnauthorized(f"the access token lacks these scopes: {', '.join(lacking)}")

    def is_installed(self) -> bool:
        """As `core.domain.platform.Leavable` says."""
        try:
            self.about()
        except (StoreUnauthorized, NoSuchShop):
            return False
        return True

    def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:
        """The order as it is now, or that it is gone or hidden from us: a body that `fetched.told_by` reads.

        Raises PlatformUnavailable, StoreUnauthorized, PlatformRefused, as `core.domain.platform.Shop` says.
        """
        order_id = f"gid://shopify/Order/{order_ref}"
        with _making_sense():
            order = read_order(self._api, order_id)
            if order is None:
                return self._without_order(order_ref, order_id, asked_at)
            if reference(order.get("id")) != order_ref:
                raise BadDelivery("it is about another order")
            return order_body(order, asked_at)

    def list_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:  # noqa: ARG002
        """Orders by when they were updated; Shopify has one list of them, whose contents are fetched."""
        with _making_sense():
            return listed_orders(self._api, mark)

    def list_past_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:  # noqa: ARG002
        """Orders placed since `mark.since`, most of them whole, by a bulk operation."""
        with _making_sense():
            return past_orders(self._api, mark)

    def create_code(self, wanted: Discount) -> FoundCode:
        """As `core.domain.discounts.CodeShop` says; PlatformRefused with `why_not`'s sentence as well."""
        with _making_sense():
            return self._codes.create(wanted)

    def change_code(self, code_ref: str, before: Discount, wanted: Discount) -> FoundCode:
        """As `core.domain.discounts.ChangesCodes` says."""
        with _making_sense():
            return self._codes.change(code_ref, before, wanted)

    def find_codes(self, wanted: Discount) -> list[FoundCode]:
        """As `core.domain.discounts.CodeShop` says."""
        with _making_sense():
            return self._codes.find(wanted)

    def disable_code(self, code_ref: str) -> None:
        """As `core.domain.discounts.CodeShop` says."""
        with _making_sense():
            self._codes.disable(code_ref)

    def orders_with(self, code: str) -> tuple[str, ...]:
        """As `core.domain.discounts.CodeShop` says; of very many the oldest."""
        with _making_sense():
            return self._codes.orders_with(code)

    def our_codes(self, cursor: str | None = None) -> CodePage:
        """As `core.domain.discounts.CodeShop` says."""
        with _making_sense():
            return self._codes.ours(cursor)

    def _without_order(self, order_ref: str, order_id: str, asked_at: datetime) -> bytes:
        data = self._api.run(document("vanished"), {"id": order_id, "recent": recently_placed(asked_at)})
        if data.get("order") is not None:
            raise PlatformUnavailable("the order was not there, and then it was", _AGAIN_AFTER_S)
        if is_surely_gone(order_ref, data, asked_at):
            return gone_body(order_ref, asked_at)
        return hidden_body(order_ref, WHY_HIDDEN, asked_at)


@contextmanager
def _making_sense() -> Iterator[None]:
    """An answer that cannot be understood is trouble that may pass, and leaves open what the store did."""
    try:
        yield
    except BadDelivery as error:
        raise PlatformUnavailable(f"Shopify's answer makes no sense: {error}") from error
