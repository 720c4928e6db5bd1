"""A WooCommerce store as something to call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.domain.addresses import read_address
from core.domain.catching_up import Mark, OrdersPage
from core.domain.connecting import Introduced
from core.domain.discounts import CodePage, Discount, FoundCode
from core.domain.errors import Gone, Unreachable
from core.domain.hooks import Hook
from core.domain.stores import Store
from integrations.outgoing.calling import Outgoing
from integrations.woocommerce import codes, connecting, customers, hooks
from integrations.woocommerce.client import WooCommerceClient
from integrations.woocommerce.fetched import fetched_body
from integrations.woocommerce.listed import listed_orders


@dataclass(frozen=True, slots=True)
class WooCommerceShop:
    """One store, to be called."""

    client: WooCommerceClient
    hook_topics: ClassVar[tuple[str, ...]] = hooks.TOPICS

    def greet(self) -> None:
        """Return when this may be a WooCommerce store, asked without keys. Raises PlatformTrouble."""
        connecting.greet(self.client)

    def introduce(self) -> Introduced:
        """Currency, time zone and name. Raises PlatformTrouble."""
        return connecting.introduce(self.client)

    def hooks(self) -> list[Hook]:
        """Every webhook of the store, whoever made it."""
        return hooks.listed(self.client)

    def add_hook(self, topic: str, url: str, secret: str, made_by: str) -> str:
        """Make a webhook; its id."""
        return hooks.add(self.client, topic, url, secret, made_by)

    def remove_hook(self, hook_ref: str) -> None:
        """Delete a webhook, if the store still has it."""
        hooks.remove(self.client, hook_ref)

    def linked_to(self) -> str | None:
        """The server our plugin signs for."""
        return self.client.read_link()

    def link(self, server: str, secret: str) -> bool:
        """Tell our plugin; False when the store does not have it."""
        return self.client.write_link(server, secret)

    def unlink(self) -> None:
        """Have our plugin forget us, if it is there."""
        self.client.delete_link()

    def prove(self) -> None:
        """Return when the keys may read. Raises PlatformTrouble."""
        self.client.currency()

    def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:
        """The order and its refunds as they are now, or that the store has no such order."""
        try:
            order = self.client.order(order_ref)
        except Gone:
            return fetched_body(order_ref, asked_at, None)
        try:
            refunds = self.client.refunds(order_ref) if order.get("refunds") else []
        except Gone as error:
            raise Unreachable(f"Order {order_ref} was there, its refunds were not.") from error
        return fetched_body(order_ref, asked_at, order, refunds)

    def fetch_customer(self, customer_ref: str, asked_at: datetime) -> bytes:
        """The account as it is now, or that the store has no such customer."""
        try:
            return customers.fetched_body(customer_ref, asked_at, self.client.customer(customer_ref))
        except Gone:
            return customers.fetched_body(customer_ref, asked_at, None)

    def list_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:
        """Orders of a status, or `any` outside the bin; whole, but for those with refunds."""
        return listed_orders(self.client, which, mark, asked_at)

    def list_past_orders(self, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:
        """The same: WooCommerce has but pages."""
        return self.list_orders(which, mark, asked_at)

    def create_code(self, wanted: Discount) -> FoundCode:
        """Make a coupon; what the store answered it has, compared with `wanted`. Raises CodeTaken."""
        return codes.create_code(self.client, wanted)

    def change_code(self, code_ref: str, before: Discount, wanted: Discount) -> FoundCode:  # noqa: ARG002
        """Change what the coupon gives and asks for; whose it is stays."""
        return codes.change_code(self.client, code_ref, wanted)

    def find_codes(self, wanted: Discount) -> list[FoundCode]:
        """Every published coupon of this code, oldest first. Drafts and the bin are not looked into."""
        return codes.find_codes(self.client, wanted)

    def disable_code(self, code_ref: str) -> None:
        """Delete the coupon for good: in the bin it could be restored."""
        codes.disable_code(self.client, code_ref)

    def orders_with(self, code: str) -> tuple[str, ...]:  # noqa: ARG002
        """None: the API finds no orders by their coupons."""
        return ()

    def our_codes(self, cursor: str | None = None) -> CodePage:
        """The published coupons of one page that carry our mark."""
        return codes.our_codes(self.client, cursor)


def open_shop(store: Store, credentials: Mapping[str, str], outgoing: Outgoing) -> WooCommerceShop:
    """The store behind its row. Calls nothing yet."""
    return WooCommerceShop(WooCommerceClient(read_address(store.url), credentials, outgoing.session))
