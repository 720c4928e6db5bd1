"""A discount in the types of the Admin API; connections are plain lists here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.shopify.amounts import money_v2
from sandbox.shopify.discounts import CodeDiscount, Kind
from sandbox.shopify.order_graphql import utc
from sandbox.shopify.orders import gid
from sandbox.shopify.store import Store

_Json = dict[str, Any]


def code_node(store: Store, discount: CodeDiscount, now: datetime) -> _Json:
    """As a DiscountCodeNode."""
    return {"id": gid("DiscountCodeNode", discount.discount_id), "codeDiscount": _told(store, discount, now)}


def discount_node(store: Store, discount: CodeDiscount, now: datetime) -> _Json:
    """As a DiscountNode: the same number, another kind."""
    return {"id": gid("DiscountNode", discount.discount_id), "discount": _told(store, discount, now)}


def _told(store: Store, discount: CodeDiscount, now: datetime) -> _Json:
    is_shipping = discount.kind is Kind.SHIPPING
    return {
        "__typename": "DiscountCodeFreeShipping" if is_shipping else "DiscountCodeBasic",
        "title": discount.title,
        "status": discount.status(now),
        "startsAt": utc(discount.starts_at),
        "endsAt": utc(discount.ends_at) if discount.ends_at else None,
        "usageLimit": discount.usage_limit,
        "appliesOncePerCustomer": discount.is_once_per_customer,
        "asyncUsageCount": store.told_uses(discount, now),
        "codes": [{"code": discount.code}],
        "context": _context(discount),
        "minimumRequirement": _minimum(store, discount),
        "combinesWith": {f"{kind}Discounts": kind in discount.combines for kind in Kind},
        **({} if is_shipping else {"customerGets": _gets(store, discount)}),
    }


def _context(discount: CodeDiscount) -> _Json:
    if discount.customer_ids is None:
        return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
    customers = [{"id": gid("Customer", one)} for one in discount.customer_ids]
    return {"__typename": "DiscountCustomers", "customers": customers}


def _minimum(store: Store, discount: CodeDiscount) -> _Json | None:
    if not discount.minimum:
        return None
    least = money_v2(discount.minimum, store.currency)
    return {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": least}


def _gets(store: Store, discount: CodeDiscount) -> _Json:
    value: _Json = {"__typename": "DiscountPercentage", "percentage": float(discount.share or 0)}
    if discount.amount is not None:
        amount = money_v2(discount.amount, store.currency)
        value = {"__typename": "DiscountAmount", "amount": amount, "appliesOnEachItem": discount.is_per_item}
    items: _Json = {"__typename": "AllDiscountItems", "allItems": True}
    if discount.product_ids:
        products = [{"id": gid("Product", one)} for one in discount.product_ids]
        items = {"__typename": "DiscountProducts", "products": products}
    return {"value": value, "items": items}
