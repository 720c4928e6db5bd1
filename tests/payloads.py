"""Builders of WooCommerce orders as webhooks carry them, with sane defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from core.config.clock import utc_now

ORDERED_AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def gmt(moment: datetime) -> str:
    """A moment as WooCommerce writes `*_gmt`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def an_order(order_id: int = 1042, net: str = "49.95", minute: int = 0, **changes: Any) -> dict[str, Any]:
    """Ana's paid order: one line of `net`, no tax, no shipping, told `minute` minutes after it was placed."""
    order: dict[str, Any] = {
        "id": order_id,
        "number": str(order_id),
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": gmt(ORDERED_AT),
        "date_modified_gmt": gmt(ORDERED_AT + timedelta(minutes=minute)),
        "date_paid_gmt": gmt(ORDERED_AT),
        "date_completed_gmt": None,
        "total": net,
        "customer_id": 7,
        "billing": {"email": "ana@example.com"},
        "created_via": "checkout",
        "meta_data": [],
        "line_items": [a_line(net)],
        "coupon_lines": [],
        "refunds": [],
    }
    return order | changes


def a_recent_order(order_id: int = 1042, net: str = "49.95", **changes: Any) -> dict[str, Any]:
    """The same, of two days ago by this machine's own clock, which real processes go by."""
    at = gmt(utc_now() - timedelta(days=2))
    dates = {"date_created_gmt": at, "date_modified_gmt": at, "date_paid_gmt": at}
    return an_order(order_id, net, **(dates | changes))


def a_line(net: str = "49.95", line_id: int = 1, **changes: Any) -> dict[str, Any]:
    """One line of goods."""
    line = {
        "id": line_id,
        "product_id": 10,
        "variation_id": 0,
        "sku": "MUG",
        "quantity": 1,
        "subtotal": net,
        "total": net,
        "total_tax": "0.00",
    }
    return line | changes


def a_refund(amount: str, refund_id: int = 900) -> dict[str, Any]:
    """A refund as an order's webhook lists it: gross and negative."""
    return {"id": refund_id, "reason": "", "total": f"-{amount}", "total_tax": "0.00"}


def body_of(order: Mapping[str, Any]) -> bytes:
    """The bytes a store would send."""
    return json.dumps(order).encode()
