"""What we fetched of an order, as it lies in the inbox, and what it says.

The answer is kept in Shopify's GraphQL words, so that it can be read anew, but only what points need: of
the cart's attributes ours alone, of the person the id, the e-mail address and the name. To read it, it is put
into the words of a webhook: a fetched and a delivered body of one order mean the same because one code reads
both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.payload import clean_text, parse_object, reference, rows, utc_moment
from core.domain.platform import Irrelevant, Message, OrderGone, OrderTold
from core.domain.settlement import Source
from integrations.shopify.orders import REFERRAL_ATTRIBUTE, told_order


def order_body(order: Mapping[str, Any], asked_at: datetime) -> bytes:
    """A whole order for the inbox: its lines and refunds all there, `refunds` in full."""
    ours = [one for one in nodes_of(order, "customAttributes") if one.get("key") == REFERRAL_ATTRIBUTE]
    return _body(asked_at, order={**order, "customAttributes": ours})


def gone_body(order_ref: str, asked_at: datetime) -> bytes:
    """For the inbox: Shopify does not have the order any more."""
    return _body(asked_at, gone=order_ref)


def hidden_body(order_ref: str, reason: str, asked_at: datetime) -> bytes:
    """For the inbox: Shopify does not show the order, and nobody can tell whether it is gone."""
    return _body(asked_at, hidden=order_ref, reason=reason)


def _body(asked_at: datetime, **told: Any) -> bytes:
    # Amounts are text; should one come as a number, it is kept to the digit.
    return json.dumps({"asked_at": asked_at.isoformat(), **told}, separators=(",", ":"), default=str).encode()


def told_by(body: bytes) -> Message:
    """What a body made here says. Raises BadDelivery when Shopify's answer cannot be understood."""
    payload = parse_object(body)
    asked_at = utc_moment(payload.get("asked_at"))
    if asked_at is None:
        raise BadDelivery("the body does not say when the order was fetched")
    if "gone" in payload:
        return OrderGone(reference(payload["gone"]), is_certain=True, observed_at=asked_at)
    if "hidden" in payload:
        return Irrelevant(clean_text(payload.get("reason"), 400))
    message = told_order(webhook_shaped(object_at(payload, "order")))
    if not isinstance(message, OrderTold):
        # Fetching again would bring the same: no reason to ask for it.
        raise BadDelivery(f"the fetched order lacks {message.lacks}")
    return replace(message, source=Source.FETCHED, observed_at=asked_at)


def webhook_shaped(order: Mapping[str, Any]) -> dict[str, Any]:
    """The order in the words of a webhook, as far as `orders.py` and `lines.py` read them."""
    return {
        "id": order.get("id"),
        "name": order.get("name"),
        "created_at": order.get("createdAt"),
        "updated_at": order.get("updatedAt"),
        "processed_at": order.get("processedAt"),
        "closed_at": order.get("closedAt"),
        "cancelled_at": order.get("cancelledAt"),
        "financial_status": _lower(order.get("displayFinancialStatus")),
        "test": order.get("test"),
        "taxes_included": order.get("taxesIncluded"),
        "currency": order.get("currencyCode"),
        "source_name": order.get("sourceName"),
        "email": order.get("email"),
        "customer": _customer(order.get("customer")),
        "note_attributes": [
            {"name": one.get("key"), "value": one.get("value")} for one in nodes_of(order, "customAttributes")
        ],
        "discount_codes": [{"code": code} for code in texts_of(order, "discountCodes")],
        "total_price": _shop_money(order, "totalPriceSet"),
        "total_outstanding": _shop_money(order, "totalOutstandingSet"),
        "current_total_tax": _shop_money(order, "currentTotalTaxSet"),
        "line_items": [_line(one) for one in nodes_of(order, "lineItems")],
        "shipping_lines": [{"tax_lines": _tax_lines(one)} for one in nodes_of(order, "shippingLines")],
        "refunds": [_refund(one) for one in nodes_of(order, "refunds")],
    }


def _customer(customer: object) -> dict[str, Any] | None:
    """None for a guest. Bodies fetched before names were asked for have none."""
    if not isinstance(customer, Mapping):
        return None
    return {
        "id": customer.get("id"),
        "first_name": customer.get("firstName"),
        "last_name": customer.get("lastName"),
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": line.get("id"),
        "product_id": _id_of(line.get("product")),
        "variant_id": _id_of(line.get("variant")),
        "sku": line.get("sku"),
        "quantity": line.get("quantity"),
        "current_quantity": line.get("currentQuantity"),
        "gift_card": line.get("isGiftCard"),
        "taxable": line.get("taxable"),
        "price": _shop_money(line, "originalUnitPriceSet"),
        "discount_allocations": [
            {"amount": _shop_money(one, "allocatedAmountSet")}
            for one in nodes_of(line, "discountAllocations")
        ],
        "tax_lines": _tax_lines(line),
    }


def _tax_lines(holder: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"price": _shop_money(one, "priceSet")} for one in nodes_of(holder, "taxLines")]


def _refund(refund: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": refund.get("id"),
        "refund_line_items": [
            {
                "line_item_id": _id_of(one.get("lineItem")),
                "quantity": one.get("quantity"),
                "subtotal": _shop_money(one, "subtotalSet"),
                "total_tax": _shop_money(one, "totalTaxSet"),
            }
            for one in nodes_of(refund, "refundLineItems")
        ],
        "refund_shipping_lines": [
            {
                "subtotal_amount": _shop_money(one, "subtotalAmountSet"),
                "tax_amount": _shop_money(one, "taxAmountSet"),
            }
            for one in nodes_of(refund, "refundShippingLines")
        ],
        "order_adjustments": [
            {"amount": _shop_money(one, "amountSet")} for one in nodes_of(refund, "orderAdjustments")
        ],
        "transactions": [_transaction(one) for one in nodes_of(refund, "transactions")],
    }


def _transaction(transaction: Mapping[str, Any]) -> dict[str, Any]:
    money = object_at(object_at(transaction, "amountSet"), "shopMoney")
    return {
        "kind": _lower(transaction.get("kind")),
        "status": _lower(transaction.get("status")),
        "amount": money.get("amount"),
        "currency": money.get("currencyCode"),
    }


def nodes_of(holder: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list, or of a connection's page. Raises BadDelivery when there is neither."""
    value = holder.get(name)
    return rows(value.get("nodes") if isinstance(value, Mapping) else value, name)


def object_at(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object at `name`. Raises BadDelivery when there is none."""
    value = holder.get(name)
    if not isinstance(value, Mapping):
        raise BadDelivery(f"“{name}” is not an object")
    return value


def _shop_money(holder: Mapping[str, Any], name: str) -> object:
    return object_at(object_at(holder, name), "shopMoney").get("amount")


def _id_of(value: object) -> object:
    return value.get("id") if isinstance(value, Mapping) else None


def _lower(value: object) -> object:
    """Enum values are in capitals here and in small letters in webhooks."""
    return value.lower() if isinstance(value, str) else value


def texts_of(holder: Mapping[str, Any], name: str) -> Sequence[str]:
    """The texts of a list. Raises BadDelivery."""
    value = holder.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadDelivery(f"“{name}” is not a list of texts")
    return value
