"""The truth about one order; `order_webhooks` and `order_graphql` tell it in Shopify's two tongues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

PLACED_AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SHOP_OFFSET = timedelta(hours=-5)


@dataclass(frozen=True)
class Line:
    """Amounts in minor units."""

    line_id: int
    price: int = 49_95
    quantity: int = 1
    edited_away: int = 0
    discounts: tuple[int, ...] = ()
    """By the order's applications; 0: that one took nothing off this line."""
    taxes: tuple[int, ...] = ()
    is_taxable: bool = True
    is_gift_card: bool = False
    product_id: int | None = 70
    variant_id: int | None = 700
    sku: str | None = "MUG"
    title: str = "Mug"

    @property
    def net(self) -> int:
        """Of all pieces first ordered, after discounts."""
        return self.price * self.quantity - sum(self.discounts)


@dataclass(frozen=True)
class BackLine:
    """One line's part of a refund."""

    line_id: int
    quantity: int = 1
    subtotal: int = 0
    tax: int = 0


@dataclass(frozen=True)
class Back:
    """A refund; `more` was given back beyond what lines and shipping come to (below zero: less)."""

    refund_id: int
    lines: tuple[BackLine, ...] = ()
    shipping: int = 0
    shipping_tax: int = 0
    more: int = 0
    status: str = "success"

    @property
    def amount(self) -> int:
        goods = sum(line.subtotal + line.tax for line in self.lines)
        return max(0, goods + self.shipping + self.shipping_tax + self.more)


@dataclass(frozen=True)
class Application:
    """A discount that was applied to an order."""

    code: str
    value: str
    value_type: str = "fixed_amount"
    target_type: str = "line_item"
    target_selection: str = "all"
    allocation_method: str = "across"


@dataclass(frozen=True)
class ShopOrder:
    """The truth about one order."""

    order_id: int = 6200000000427
    lines: tuple[Line, ...] = (Line(1),)
    refunds: tuple[Back, ...] = ()
    shipping_taxes: tuple[int, ...] = ()
    status: str = "paid"
    currency: str = "EUR"
    foreign: str | None = None
    """What the shopper paid in, at half the price, where that was another currency."""
    taxes_included: bool = False
    total: int = 54_95
    outstanding: int = 0
    current_tax: int = 0
    customer_id: int | None = 7
    email: str | None = "ana@example.com"
    codes: tuple[str, ...] = ()
    applications: tuple[Application, ...] = ()
    shipping: int = 0
    shipping_discounts: tuple[int, ...] = ()
    """By the order's applications."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    updated_after_s: int = 0
    is_cancelled: bool = False
    is_closed: bool = False
    is_test: bool = False
    placed_at: datetime = PLACED_AT
    number: int | None = None
    first_name: str = "Ana"
    last_name: str = "Bauer"

    @property
    def gid(self) -> str:
        return gid("Order", self.order_id)

    @property
    def name(self) -> str:
        return f"#{self.number or self.order_id}"

    @property
    def updated_at(self) -> datetime:
        return self.placed_at + timedelta(seconds=self.updated_after_s)

    def gone_back(self, line: Line) -> int:
        """Pieces of a line that refunds took back."""
        return sum(b.quantity for refund in self.refunds for b in refund.lines if b.line_id == line.line_id)

    def current_quantity(self, line: Line) -> int:
        """Pieces of a line that edits and refunds left."""
        return line.quantity - line.edited_away - self.gone_back(line)

    @property
    def given_back(self) -> int:
        """Money that refunds moved."""
        return sum(refund.amount for refund in self.refunds if refund.status == "success")

    @property
    def shipping_net(self) -> int:
        return self.shipping - sum(self.shipping_discounts)

    @property
    def subtotal(self) -> int:
        """Goods as first ordered, after discounts."""
        return sum(line.net for line in self.lines)

    @property
    def current_subtotal(self) -> int:
        """Goods that are left, after discounts."""
        return sum(line.net * self.current_quantity(line) // line.quantity for line in self.lines)

    def taken_off(self, at: int) -> int:
        """What the application at this place took off in all."""
        rows = [*(line.discounts for line in self.lines), self.shipping_discounts]
        return sum(row[at] for row in rows if at < len(row))


def gid(kind: str, number: int) -> str:
    """An id as GraphQL writes it."""
    return f"gid://shopify/{kind}/{number}"
