"""A fetched WooCommerce order: kept as an inbox body, read like a delivery, with its refunds line by line.

Only what settling reads is kept, so that no address or name enters the inbox this way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.money import amount_minor, currency_code
from core.domain.orders import Refund, RefundLine
from core.domain.payload import parse_object, reference, rows, utc_moment
from core.domain.platform import Message, OrderGone, OrderTold, OrderUnclear
from core.domain.settlement import Source
from integrations.woocommerce.orders import told_order

_ORDER_FIELDS = (
    "id",
    "number",
    "status",
    "currency",
    "date_created_gmt",
    "date_modified_gmt",
    "date_paid_gmt",
    "date_completed_gmt",
    "total",
    "customer_id",
    "created_via",
    "meta_data",
    "coupon_lines",
    "refunds",
)
_LINE_FIELDS = ("id", "product_id", "variation_id", "sku", "quantity", "subtotal", "total", "total_tax")
_BILLING_FIELDS = ("email", "first_name", "last_name")
_REFUND_FIELDS = ("id", "amount", "line_items", "shipping_lines", "fee_lines")

_REFUNDED_LINE = "_refunded_item_id"
"""Meta of a refund's line: which line of the order it takes back."""


def fetched_body(
    order_ref: str,
    asked_at: datetime,
    order: Mapping[str, Any] | None,
    refunds: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """What is kept of a fetched order and its refunds; without an order: that the store has no such one."""
    fetched = {
        "order_ref": order_ref,
        "asked_at": asked_at.isoformat(),
        "order": None if order is None else _kept(order),
        "refunds": [_picked(refund, _REFUND_FIELDS) for refund in refunds],
    }
    # Decimals travel as text, which every reader of amounts takes just as well.
    return json.dumps(fetched, default=str).encode()


def read_fetched(body: bytes) -> Message:
    """What `fetched_body` kept."""
    kept = parse_object(body)
    asked_at = utc_moment(kept.get("asked_at"))
    order = kept.get("order")
    if order is None:
        return OrderGone(reference(kept.get("order_ref")), is_certain=True, observed_at=asked_at)
    if not isinstance(order, Mapping):
        raise BadDelivery("what was fetched is not an order")
    message = told_order(order, Source.FETCHED)
    if isinstance(message, OrderUnclear):
        # Asking again would bring the same: somebody has to look at the order in the store.
        raise BadDelivery(f"the store itself does not tell {message.lacks}")
    if not isinstance(message, OrderTold):
        return message
    currency = currency_code(order.get("currency"))
    refunds = tuple(_refund(refund, currency) for refund in rows(kept.get("refunds"), "refunds"))
    snapshot = replace(message.snapshot, refunds=refunds)
    return replace(message, snapshot=snapshot, observed_at=asked_at, lacks="")


def _kept(order: Mapping[str, Any]) -> dict[str, Any]:
    billing = order.get("billing")
    lines = rows(order.get("line_items"), "line_items")
    return {
        **_picked(order, _ORDER_FIELDS),
        "billing": _picked(billing, _BILLING_FIELDS) if isinstance(billing, Mapping) else {},
        "line_items": [_picked(line, _LINE_FIELDS) for line in lines],
    }


def _picked(fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


def _refund(refund: Mapping[str, Any], currency: str) -> Refund:
    """A refund with its lines. One that names nothing is an amount; one of shipping alone has no lines."""
    lines = tuple(_refund_line(line, currency) for line in rows(refund.get("line_items"), "line_items"))
    names_something = bool(lines or refund.get("shipping_lines") or refund.get("fee_lines"))
    return Refund(
        refund_ref=reference(refund.get("id")),
        amount_minor=abs(amount_minor(refund.get("amount"), currency, signed=True)),
        lines=lines,
        is_itemized=names_something,
    )


def _refund_line(line: Mapping[str, Any], currency: str) -> RefundLine:
    quantity = line.get("quantity")
    return RefundLine(
        line_ref=_line_taken_back(line),
        quantity=abs(quantity) if isinstance(quantity, int) else 0,
        # Negative on a refund, as its quantity is.
        net_minor=abs(amount_minor(line.get("total"), currency, signed=True)),
    )


def _line_taken_back(line: Mapping[str, Any]) -> str:
    for meta in rows(line.get("meta_data"), "meta_data"):
        if meta.get("key") == _REFUNDED_LINE:
            return reference(meta.get("value"))
    raise BadDelivery("a refund's line does not say which line of the order it takes back")
