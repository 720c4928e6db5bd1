"""Orders, refunds, customers and webhooks as the REST API and the deliveries write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.woocommerce.amounts import gmt, local, number, unpadded, written
from sandbox.woocommerce.outbox import Webhook
from sandbox.woocommerce.store import VERSION, CouponLine, Customer, Line, Order, Refund, Store

_ADDRESS = ("company", "address_1", "address_2", "city", "state", "postcode", "country")
_SYMBOLS = {"JPY": "¥", "EUR": "€", "USD": "$", "GBP": "£"}


def order_json(store: Store, order: Order) -> dict[str, Any]:
    """The whole order."""
    return {
        "id": order.order_id,
        "parent_id": 0,
        "status": order.status,
        "currency": store.currency,
        "version": VERSION,
        "prices_include_tax": store.has_tax_in_prices,
        "date_created": local(order.created_at, store.zone),
        "date_modified": local(order.modified_at, store.zone),
        **_totals(store, order),
        "customer_id": order.customer_id,
        "order_key": order.key,
        "billing": {**_address(order.first_name), "email": order.email, "phone": ""},
        "shipping": {**_address(order.first_name), "phone": ""},
        "payment_method": order.payment_method,
        "payment_method_title": order.payment_method,
        "transaction_id": "",
        "created_via": order.created_via,
        "customer_note": "",
        "date_completed": local(order.completed_at, store.zone),
        "date_paid": local(order.paid_at, store.zone),
        "number": str(order.order_id),
        "meta_data": [{"id": meta_id, "key": key, "value": value} for meta_id, key, value in order.meta],
        "line_items": [_line(store, line) for line in order.lines],
        "tax_lines": [],
        "shipping_lines": [_shipping_line(store, order)],
        "fee_lines": [],
        "coupon_lines": [_coupon_line(store, line) for line in order.coupon_lines],
        "refunds": [_told_refund(store, refund) for refund in order.refunds],
        "payment_url": f"{store.url}/checkout/order-pay/{order.order_id}/?pay_for_order=true&key={order.key}",
        "is_editable": False,
        "needs_payment": False,
        "needs_processing": True,
        "date_created_gmt": gmt(order.created_at),
        "date_modified_gmt": gmt(order.modified_at),
        "date_completed_gmt": gmt(order.completed_at),
        "date_paid_gmt": gmt(order.paid_at),
        "currency_symbol": _SYMBOLS.get(store.currency, store.currency),
        "_links": {"self": [{"href": f"{store.url}/wp-json/wc/v3/orders/{order.order_id}"}]},
    }


def refund_json(store: Store, refund: Refund) -> dict[str, Any]:
    """A refund as `orders/<id>/refunds` lists it: its lines are negative."""
    return {
        "id": refund.refund_id,
        "date_created": local(refund.created_at, store.zone),
        "date_created_gmt": gmt(refund.created_at),
        "amount": written(refund.amount_minor, store.decimals),
        "reason": refund.reason,
        "line_items": [
            {
                "id": line.line_id,
                "quantity": -line.quantity,
                "total": written(-line.total_minor, store.decimals),
                "total_tax": written(-line.total_tax_minor, store.decimals),
                "meta_data": [{"id": 0, "key": "_refunded_item_id", "value": str(line.refunded_line_id)}],
            }
            for line in refund.lines
        ],
        "shipping_lines": [],
        "fee_lines": [],
    }


def customer_json(store: Store, customer: Customer) -> dict[str, Any]:
    """An account."""
    return {
        "id": customer.customer_id,
        "date_created": local(customer.created_at, store.zone),
        "date_created_gmt": gmt(customer.created_at),
        "date_modified": local(customer.modified_at, store.zone),
        "date_modified_gmt": gmt(customer.modified_at),
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": "",
        "role": "customer",
        "username": customer.email.partition("@")[0],
        "billing": {**_address(""), "email": "", "phone": ""},
        "shipping": {**_address(""), "phone": ""},
        "is_paying_customer": any(
            order.customer_id == customer.customer_id and order.paid_at for order in store.orders.values()
        ),
        "meta_data": [],
    }


def webhook_json(store: Store, webhook: Webhook) -> dict[str, Any]:
    """A webhook; its secret is never told."""
    resource, _, event = webhook.topic.partition(".")
    return {
        "id": webhook.webhook_id,
        "name": webhook.name,
        "status": webhook.status,
        "topic": webhook.topic,
        "resource": resource,
        "event": event,
        "hooks": [],
        "delivery_url": webhook.delivery_url,
        "date_created": local(webhook.created_at, store.zone),
        "date_created_gmt": gmt(webhook.created_at),
    }


def _totals(store: Store, order: Order) -> dict[str, str]:
    amounts = {
        "discount_total": sum(line.discount_minor for line in order.coupon_lines),
        "discount_tax": sum(line.discount_tax_minor for line in order.coupon_lines),
        "shipping_total": order.shipping_minor,
        "shipping_tax": order.shipping_tax_minor,
        "cart_tax": sum(line.total_tax_minor for line in order.lines),
        "total": order.total_minor,
        "total_tax": order.tax_minor,
    }
    return {name: written(amount, store.decimals) for name, amount in amounts.items()}


def _line(store: Store, line: Line) -> dict[str, Any]:
    each = Decimal(line.total_minor).scaleb(-store.decimals) / line.quantity
    return {
        "id": line.line_id,
        "name": line.name,
        "product_id": line.product_id,
        "variation_id": 0,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": written(line.subtotal_minor, store.decimals),
        "subtotal_tax": written(line.subtotal_tax_minor, store.decimals),
        "total": written(line.total_minor, store.decimals),
        "total_tax": written(line.total_tax_minor, store.decimals),
        "taxes": [],
        "meta_data": [],
        "sku": line.sku,
        "global_unique_id": "",
        "price": number(each),
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def _coupon_line(store: Store, line: CouponLine) -> dict[str, Any]:
    return {
        "id": line.line_id,
        "code": line.code,
        "discount": unpadded(line.discount_minor, store.decimals),
        "discount_tax": unpadded(line.discount_tax_minor, store.decimals),
        "meta_data": [],
        "discount_type": line.discount_type,
        "nominal_amount": number(line.amount),
        "free_shipping": line.free_shipping,
    }


def _shipping_line(store: Store, order: Order) -> dict[str, Any]:
    is_free = order.shipping_minor == 0
    return {
        "id": order.order_id,
        "method_title": "Free shipping" if is_free else "Flat rate",
        "method_id": "free_shipping" if is_free else "flat_rate",
        "instance_id": "1",
        "total": written(order.shipping_minor, store.decimals),
        "total_tax": written(order.shipping_tax_minor, store.decimals),
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _told_refund(store: Store, refund: Refund) -> dict[str, Any]:
    tax_minor = sum(line.total_tax_minor for line in refund.lines)
    return {
        "id": refund.refund_id,
        "reason": refund.reason,
        "total": written(-refund.amount_minor, store.decimals),
        # PHP prints a negative nothing as nothing.
        "total_tax": written(-tax_minor if tax_minor else 0, store.decimals),
    }


def _address(first_name: str) -> dict[str, str]:
    return {"first_name": first_name, "last_name": "", **dict.fromkeys(_ADDRESS, "")}
