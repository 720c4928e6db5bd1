"""An order in the types of the Admin API; connections are plain lists here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.shopify.amounts import money_bag
from sandbox.shopify.orders import Back, Line, ShopOrder, gid


def graphql(order: ShopOrder) -> dict[str, Any]:
    """Everything our schema can ask of it."""
    return {
        "id": order.gid,
        "name": order.name,
        "createdAt": utc(order.placed_at),
        "updatedAt": utc(order.updated_at),
        "processedAt": utc(order.placed_at),
        "closedAt": utc(order.updated_at) if order.is_closed else None,
        "cancelledAt": utc(order.updated_at) if order.is_cancelled else None,
        "displayFinancialStatus": order.status.upper(),
        "test": order.is_test,
        "taxesIncluded": order.taxes_included,
        "currencyCode": order.currency,
        "sourceName": "web",
        "email": order.email,
        "customer": _customer(order),
        "customAttributes": [{"key": name, "value": value} for name, value in order.attributes.items()],
        "discountCodes": list(order.codes),
        "totalPriceSet": money_bag(order.total, order.currency),
        "totalOutstandingSet": money_bag(order.outstanding, order.currency),
        "currentTotalTaxSet": money_bag(order.current_tax, order.currency),
        "lineItems": [_line(order, line) for line in order.lines],
        "shippingLines": [
            {
                "id": gid("ShippingLine", order.order_id),
                "taxLines": [{"priceSet": money_bag(tax, order.currency)} for tax in order.shipping_taxes],
            }
        ],
        "refunds": [_refund(order, refund) for refund in order.refunds],
    }


def _customer(order: ShopOrder) -> dict[str, Any] | None:
    if order.customer_id is None:
        return None
    return {
        "id": gid("Customer", order.customer_id),
        "firstName": order.first_name,
        "lastName": order.last_name,
    }


def _line(order: ShopOrder, line: Line) -> dict[str, Any]:
    return {
        "id": gid("LineItem", line.line_id),
        "product": None if line.product_id is None else {"id": gid("Product", line.product_id)},
        "variant": None if line.variant_id is None else {"id": gid("ProductVariant", line.variant_id)},
        "sku": line.sku,
        "quantity": line.quantity,
        "currentQuantity": order.current_quantity(line),
        "isGiftCard": line.is_gift_card,
        "taxable": line.is_taxable,
        "originalUnitPriceSet": money_bag(line.price, order.currency),
        "discountAllocations": [
            {"allocatedAmountSet": money_bag(amount, order.currency)} for amount in line.discounts if amount
        ],
        "taxLines": [{"priceSet": money_bag(amount, order.currency)} for amount in line.taxes],
    }


def _refund(order: ShopOrder, refund: Back) -> dict[str, Any]:
    def bag(minor: int) -> dict[str, Any]:
        return money_bag(minor, order.currency)

    shipping = {"subtotalAmountSet": bag(refund.shipping), "taxAmountSet": bag(refund.shipping_tax)}
    moved = {"kind": "REFUND", "status": refund.status.upper(), "amountSet": bag(refund.amount)}
    return {
        "id": gid("Refund", refund.refund_id),
        "order": {"updatedAt": utc(order.updated_at)},
        "refundLineItems": [
            {
                "quantity": line.quantity,
                "lineItem": {"id": gid("LineItem", line.line_id)},
                "subtotalSet": bag(line.subtotal),
                "totalTaxSet": bag(line.tax),
            }
            for line in refund.lines
        ],
        "refundShippingLines": [shipping] if refund.shipping else [],
        "orderAdjustments": [{"amountSet": bag(-refund.more)}] if refund.more else [],
        "transactions": [moved],
    }


def utc(moment: datetime) -> str:
    """A DateTime of GraphQL."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
