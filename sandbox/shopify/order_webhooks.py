"""An order and its refunds as the bodies of webhooks, with every key the API version 2026-10 sends.

Names and addresses are in them as they are in real ones: nothing that reads them may keep those.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.shopify.amounts import bag, both, plain
from sandbox.shopify.orders import SHOP_OFFSET, Application, Back, BackLine, Line, ShopOrder, gid

_Json = dict[str, Any]

_NULL = (
    "browser_ip cancel_reason cart_token client_details current_total_additional_fees_set "
    "current_total_duties_set device_id fulfillment_status landing_site landing_site_ref location_id "
    "merchant_of_record_app_id note original_total_additional_fees_set original_total_duties_set phone "
    "po_number reference source_identifier source_url user_id payment_terms"
).split()
_EMPTY = "fulfillments tax_lines returns line_item_groups".split()
_FALSE = "buyer_accepts_marketing duties_included estimated_taxes tax_exempt".split()
_LINE_NULL = "fulfillment_status sales_line_item_group_id variant_inventory_management variant_title".split()


def webhook(order: ShopOrder) -> _Json:
    """The body of `orders/…`."""
    return {
        **dict.fromkeys(_NULL),
        **{name: [] for name in _EMPTY},
        **dict.fromkeys(_FALSE, False),
        **_identity(order),
        **_moments(order),
        **_person(order),
        **_totals(order),
        "financial_status": order.status,
        "note_attributes": [{"name": name, "value": value} for name, value in order.attributes.items()],
        "discount_codes": [_code(order, code) for code in order.codes],
        "discount_applications": [_application(one) for one in order.applications],
        "line_items": [_line(order, line) for line in order.lines],
        "shipping_lines": [_shipping(order)],
        "refunds": [_refund(order, refund) for refund in order.refunds],
    }


def refund_webhook(order: ShopOrder, refund: Back) -> _Json:
    """The body of `refunds/create`."""
    return {
        **_refund(order, refund),
        "order_id": order.order_id,
        "admin_graphql_api_id": gid("Refund", refund.refund_id),
        "created_at": local(order.updated_at),
        "processed_at": local(order.updated_at),
        "note": None,
        "user_id": None,
        "restock": True,
        "return": None,
        "duties": [],
        "total_duties_set": bag(0, order.currency, order.foreign),
    }


def edit_webhook(order: ShopOrder, line: Line, pieces: int) -> _Json:
    """The body of `orders/edited` after so many pieces were taken off a line."""
    removed = [{"id": line.line_id, "delta": -pieces}]
    edit: _Json = {
        "id": order.order_id + 1,
        "app_id": None,
        "created_at": local(order.updated_at),
        "notify_customer": False,
        "order_id": order.order_id,
        "staff_note": "",
        "user_id": None,
        "line_items": {"additions": [], "removals": removed},
        "discounts": {"line_item": {"additions": [], "removals": []}},
        "shipping_lines": {"additions": [], "removals": []},
    }
    return {"order_edit": edit}


def _identity(order: ShopOrder) -> _Json:
    token = f"{order.order_id:032x}"
    return {
        "id": order.order_id,
        "admin_graphql_api_id": order.gid,
        "app_id": 580111,
        "confirmation_number": f"{order.order_id % 10**9:09d}",
        "confirmed": True,
        "customer_locale": "en",
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "name": order.name,
        "number": order.number or 1,
        "order_number": 1000 + (order.number or 1),
        "order_status_url": f"https://acorn.example/orders/{token}",
        "payment_gateway_names": ["bogus"],
        "currency": order.currency,
        "presentment_currency": order.foreign or order.currency,
        "referring_site": "",
        "source_name": "web",
        "tags": "",
        "taxes_included": order.taxes_included,
        "test": order.is_test,
        "token": token,
        "checkout_token": token[::-1],
        "total_weight": 0,
    }


def _moments(order: ShopOrder) -> _Json:
    return {
        "created_at": local(order.placed_at),
        "updated_at": local(order.updated_at),
        "processed_at": local(order.placed_at),
        "closed_at": local(order.updated_at) if order.is_closed else None,
        "cancelled_at": local(order.updated_at) if order.is_cancelled else None,
    }


def _person(order: ShopOrder) -> _Json:
    address = {
        "first_name": order.first_name,
        "last_name": order.last_name,
        "city": "Ulm",
        "country_code": "DE",
    }
    customer = {
        "id": order.customer_id,
        "admin_graphql_api_id": gid("Customer", order.customer_id or 0),
        "email": order.email,
        "first_name": order.first_name,
        "last_name": order.last_name,
        "state": "enabled",
        "currency": order.currency,
        "default_address": address,
    }
    return {
        "email": order.email,
        "contact_email": order.email,
        "customer": None if order.customer_id is None else customer,
        "shipping_address": address,
        "billing_address": address,
    }


def _totals(order: ShopOrder) -> _Json:
    left = 0 if order.is_cancelled else max(0, order.total - order.given_back)
    subtotal = 0 if order.is_cancelled else order.current_subtotal
    discounts = sum(order.taken_off(at) for at in range(len(order.applications)))
    amounts = {
        "current_subtotal_price": subtotal,
        "current_total_discounts": 0 if order.is_cancelled else discounts,
        "current_total_price": left,
        "current_total_tax": order.current_tax,
        "subtotal_price": order.subtotal,
        "total_discounts": discounts,
        "total_line_items_price": sum(line.price * line.quantity for line in order.lines),
        "total_price": order.total,
        "total_tax": order.current_tax,
    }
    sets = {
        "current_shipping_price_set": order.shipping_net,
        "total_shipping_price_set": order.shipping,
        "total_cash_rounding_payment_adjustment_set": 0,
        "total_cash_rounding_refund_adjustment_set": 0,
    }
    told = [_both(order, name, minor) for name, minor in amounts.items()]
    return {
        **{name: value for one in told for name, value in one.items()},
        **{name: bag(minor, order.currency, order.foreign) for name, minor in sets.items()},
        "total_outstanding": plain(order.outstanding, order.currency),
        "total_tip_received": plain(0, order.currency),
    }


def _code(order: ShopOrder, code: str) -> _Json:
    """A code and what it took off the whole order."""
    for at, one in enumerate(order.applications):
        if one.code == code:
            kind = "shipping" if one.target_type == "shipping_line" else one.value_type
            return {"code": code, "amount": plain(order.taken_off(at), order.currency), "type": kind}
    return {"code": code, "amount": plain(0, order.currency), "type": "fixed_amount"}


def _application(one: Application) -> _Json:
    return {
        "target_type": one.target_type,
        "type": "discount_code",
        "value": one.value,
        "value_type": one.value_type,
        "allocation_method": one.allocation_method,
        "target_selection": one.target_selection,
        "code": one.code,
    }


def _line(order: ShopOrder, line: Line) -> _Json:
    current = order.current_quantity(line)
    return {
        **dict.fromkeys(_LINE_NULL),
        "id": line.line_id,
        "admin_graphql_api_id": gid("LineItem", line.line_id),
        "attributed_staffs": [],
        "product_id": line.product_id,
        "product_exists": line.product_id is not None,
        "variant_id": line.variant_id,
        "sku": line.sku,
        "name": line.title,
        "title": line.title,
        "vendor": "Acorn",
        "grams": 0,
        "properties": [],
        "requires_shipping": not line.is_gift_card,
        "fulfillment_service": "manual",
        "quantity": line.quantity,
        "current_quantity": current,
        "fulfillable_quantity": current,
        "gift_card": line.is_gift_card,
        "taxable": line.is_taxable,
        **_both(order, "price", line.price),
        **_both(order, "total_discount", 0),
        "duties": [],
        "discount_allocations": _allocations(order, line.discounts),
        "tax_lines": [_both(order, "price", amount) for amount in line.taxes],
    }


def _allocations(order: ShopOrder, discounts: tuple[int, ...]) -> list[_Json]:
    return [
        {**_both(order, "amount", amount), "discount_application_index": at}
        for at, amount in enumerate(discounts)
        if amount
    ]


def _shipping(order: ShopOrder) -> _Json:
    return {
        "id": order.order_id + 2,
        "carrier_identifier": None,
        "code": "standard",
        "title": "Standard",
        "source": "shopify",
        "phone": None,
        "requested_fulfillment_service_id": None,
        "is_removed": False,
        **_both(order, "price", order.shipping),
        **_both(order, "discounted_price", order.shipping_net),
        "current_discounted_price_set": bag(order.shipping_net, order.currency, order.foreign),
        "discount_allocations": _allocations(order, order.shipping_discounts),
        "tax_lines": [_both(order, "price", tax) for tax in order.shipping_taxes],
    }


def _refund(order: ShopOrder, refund: Back) -> _Json:
    moved = order.foreign or order.currency
    amount = refund.amount // 2 if order.foreign else refund.amount
    transaction = {
        "id": refund.refund_id + 1,
        "kind": "refund",
        "status": refund.status,
        "amount": plain(amount, order.currency),
        "currency": moved,
    }
    # Webhooks do not tell the tax of refunded shipping.
    shipping = {"subtotal_amount_set": bag(refund.shipping, order.currency, order.foreign)}
    return {
        "id": refund.refund_id,
        "refund_line_items": [_refund_line(order, line) for line in refund.lines],
        "refund_shipping_lines": [shipping] if refund.shipping else [],
        "order_adjustments": [_both(order, "amount", -refund.more)] if refund.more else [],
        "transactions": [transaction],
    }


def _refund_line(order: ShopOrder, back: BackLine) -> _Json:
    line = next(line for line in order.lines if line.line_id == back.line_id)
    return {
        "id": back.line_id + 3,
        "line_item_id": back.line_id,
        "line_item": _line(order, line),
        "location_id": None,
        "quantity": back.quantity,
        "restock_type": "cancel" if order.is_cancelled else "return",
        **_both(order, "subtotal", back.subtotal),
        **_both(order, "total_tax", back.tax),
        # Numbers here, and texts everywhere else.
        "subtotal": Decimal(plain(back.subtotal, order.currency)),
        "total_tax": Decimal(plain(back.tax, order.currency)),
    }


def _both(order: ShopOrder, name: str, minor: int) -> _Json:
    return both(name, minor, order.currency, order.foreign)


def local(moment: datetime) -> str:
    """A moment as webhooks write it, in the store's own zone."""
    return (moment + SHOP_OFFSET).strftime("%Y-%m-%dT%H:%M:%S-05:00")
