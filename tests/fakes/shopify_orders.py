"""Shopify orders from one truth, in both tongues: as webhooks carry them, and as GraphQL tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain.money import exponent

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
    taxes: tuple[int, ...] = ()
    is_taxable: bool = True
    is_gift_card: bool = False
    product_id: int | None = 70
    variant_id: int | None = 700
    sku: str | None = "MUG"


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
    attributes: Mapping[str, str] = field(default_factory=dict)
    updated_after_min: int = 0
    is_cancelled: bool = False
    is_closed: bool = False
    is_test: bool = False
    placed_at: datetime = PLACED_AT

    @property
    def gid(self) -> str:
        return gid("Order", self.order_id)

    @property
    def updated_at(self) -> datetime:
        return self.placed_at + timedelta(minutes=self.updated_after_min)

    def gone_back(self, line: Line) -> int:
        """Pieces of a line that refunds took back."""
        return sum(b.quantity for refund in self.refunds for b in refund.lines if b.line_id == line.line_id)


def gid(kind: str, number: int) -> str:
    """An id as GraphQL writes it."""
    return f"gid://shopify/{kind}/{number}"


def webhook(order: ShopOrder) -> dict[str, Any]:
    """The order as the body of a webhook, with names and addresses that must never be kept."""
    return {
        "id": order.order_id,
        "name": f"#{order.order_id}",
        "created_at": _local(order.placed_at),
        "updated_at": _local(order.updated_at),
        "processed_at": _local(order.placed_at),
        "closed_at": _local(order.updated_at) if order.is_closed else None,
        "cancelled_at": _local(order.updated_at) if order.is_cancelled else None,
        "financial_status": order.status,
        "test": order.is_test,
        "taxes_included": order.taxes_included,
        "currency": order.currency,
        "presentment_currency": order.foreign or order.currency,
        "source_name": "web",
        "email": order.email,
        "contact_email": order.email,
        "customer": None if order.customer_id is None else {"id": order.customer_id, "first_name": "Ana"},
        "shipping_address": {"name": "Ana Bauer", "city": "Ulm"},
        "note_attributes": [{"name": name, "value": value} for name, value in order.attributes.items()],
        "discount_codes": [{"code": code, "amount": "1.00", "type": "percentage"} for code in order.codes],
        **_set(order, "total_price", order.total),
        "total_outstanding": _plain(order, order.outstanding),
        **_set(order, "current_total_tax", order.current_tax),
        "line_items": [_webhook_line(order, line) for line in order.lines],
        "shipping_lines": [
            {"is_removed": False, "tax_lines": [_set(order, "price", tax) for tax in order.shipping_taxes]}
        ],
        "refunds": [_webhook_refund(order, refund) for refund in order.refunds],
    }


def _webhook_line(order: ShopOrder, line: Line) -> dict[str, Any]:
    return {
        "id": line.line_id,
        "product_id": line.product_id,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "quantity": line.quantity,
        "current_quantity": line.quantity - line.edited_away - order.gone_back(line),
        "gift_card": line.is_gift_card,
        "taxable": line.is_taxable,
        **_set(order, "price", line.price),
        "discount_allocations": [_set(order, "amount", amount) for amount in line.discounts],
        "tax_lines": [_set(order, "price", amount) for amount in line.taxes],
    }


def _webhook_refund(order: ShopOrder, refund: Back) -> dict[str, Any]:
    moved = order.foreign or order.currency
    amount = refund.amount // 2 if order.foreign else refund.amount
    return {
        "id": refund.refund_id,
        "refund_line_items": [
            {
                "line_item_id": line.line_id,
                "quantity": line.quantity,
                **_set(order, "subtotal", line.subtotal),
                **_set(order, "total_tax", line.tax),
                "subtotal": Decimal(_plain(order, line.subtotal)),
            }
            for line in refund.lines
        ],
        # Webhooks do not tell the tax of refunded shipping.
        "refund_shipping_lines": [_bag(order, "subtotal_amount_set", refund.shipping)]
        if refund.shipping
        else [],
        "order_adjustments": [_set(order, "amount", -refund.more)] if refund.more else [],
        "transactions": [
            {"kind": "refund", "status": refund.status, "amount": _plain(order, amount), "currency": moved}
        ],
    }


def graphql(order: ShopOrder) -> dict[str, Any]:
    """The order in the types of the Admin API; connections are plain lists here."""
    return {
        "id": order.gid,
        "name": f"#{order.order_id}",
        "createdAt": _utc(order.placed_at),
        "updatedAt": _utc(order.updated_at),
        "processedAt": _utc(order.placed_at),
        "closedAt": _utc(order.updated_at) if order.is_closed else None,
        "cancelledAt": _utc(order.updated_at) if order.is_cancelled else None,
        "displayFinancialStatus": order.status.upper(),
        "test": order.is_test,
        "taxesIncluded": order.taxes_included,
        "currencyCode": order.currency,
        "sourceName": "web",
        "email": order.email,
        "customer": None if order.customer_id is None else {"id": gid("Customer", order.customer_id)},
        "customAttributes": [{"key": name, "value": value} for name, value in order.attributes.items()],
        "discountCodes": list(order.codes),
        "totalPriceSet": _money(order, order.total),
        "totalOutstandingSet": _money(order, order.outstanding),
        "currentTotalTaxSet": _money(order, order.current_tax),
        "lineItems": [_graphql_line(order, line) for line in order.lines],
        "shippingLines": [{"taxLines": [{"priceSet": _money(order, tax)} for tax in order.shipping_taxes]}],
        "refunds": [_graphql_refund(order, refund) for refund in order.refunds],
    }


def _graphql_line(order: ShopOrder, line: Line) -> dict[str, Any]:
    return {
        "id": gid("LineItem", line.line_id),
        "product": None if line.product_id is None else {"id": gid("Product", line.product_id)},
        "variant": None if line.variant_id is None else {"id": gid("ProductVariant", line.variant_id)},
        "sku": line.sku,
        "quantity": line.quantity,
        "currentQuantity": line.quantity - line.edited_away - order.gone_back(line),
        "isGiftCard": line.is_gift_card,
        "taxable": line.is_taxable,
        "originalUnitPriceSet": _money(order, line.price),
        "discountAllocations": [{"allocatedAmountSet": _money(order, amount)} for amount in line.discounts],
        "taxLines": [{"priceSet": _money(order, amount)} for amount in line.taxes],
    }


def _graphql_refund(order: ShopOrder, refund: Back) -> dict[str, Any]:
    return {
        "id": gid("Refund", refund.refund_id),
        "order": {"updatedAt": _utc(order.updated_at)},
        "refundLineItems": [
            {
                "quantity": line.quantity,
                "lineItem": {"id": gid("LineItem", line.line_id)},
                "subtotalSet": _money(order, line.subtotal),
                "totalTaxSet": _money(order, line.tax),
            }
            for line in refund.lines
        ],
        "refundShippingLines": [
            {
                "subtotalAmountSet": _money(order, refund.shipping),
                "taxAmountSet": _money(order, refund.shipping_tax),
            }
        ]
        if refund.shipping
        else [],
        "orderAdjustments": [{"amountSet": _money(order, -refund.more)}] if refund.more else [],
        "transactions": [
            {"kind": "REFUND", "status": refund.status.upper(), "amountSet": _money(order, refund.amount)}
        ],
    }


def _plain(order: ShopOrder, minor: int) -> str:
    """As webhooks write amounts: all decimals of the currency, two at least."""
    digits = exponent(order.currency)
    return f"{Decimal(minor).scaleb(-digits):.{max(2, digits)}f}"


def _set(order: ShopOrder, name: str, minor: int) -> dict[str, Any]:
    return {name: _plain(order, minor), **_bag(order, f"{name}_set", minor)}


def _bag(order: ShopOrder, name: str, minor: int) -> dict[str, Any]:
    shown = {"amount": _plain(order, minor // 2 if order.foreign else minor), "currency_code": order.foreign}
    told = {"amount": _plain(order, minor), "currency_code": order.currency}
    return {name: {"shop_money": told, "presentment_money": shown if order.foreign else told}}


def _money(order: ShopOrder, minor: int) -> dict[str, Any]:
    """As GraphQL writes amounts: no trailing zeros, one decimal at least."""
    whole, _, decimals = f"{Decimal(minor).scaleb(-exponent(order.currency)):f}".partition(".")
    amount = f"{whole}.{decimals.rstrip('0') or '0'}"
    return {"shopMoney": {"amount": amount, "currencyCode": order.currency}}


def _local(moment: datetime) -> str:
    return (moment + SHOP_OFFSET).strftime("%Y-%m-%dT%H:%M:%S-05:00")


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
