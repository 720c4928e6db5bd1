"""Orders as the REST API lists them by modification time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.domain.catching_up import Glimpse, Mark, OrdersPage
from core.domain.errors import BadDelivery
from core.domain.orders import Payment
from core.domain.platform import OrderTold
from core.domain.settlement import Source
from integrations.woocommerce.client import PAGE_SIZE, WooCommerceClient
from integrations.woocommerce.fetched import fetched_body
from integrations.woocommerce.orders import told_order

_LAST_BEFORE = timedelta(seconds=1)
"""WooCommerce lists what is later than the moment asked for, and dates to the second."""


def listed_orders(client: WooCommerceClient, which: str, mark: Mark, asked_at: datetime) -> OrdersPage:
    """One page of orders from `mark` on. Drafts, and what no order can be read from, are left out."""
    page = int(mark.page or 1)
    listed = client.orders_modified_after(mark.since - _LAST_BEFORE, page=page, status=which)
    found = (_glimpse(order, asked_at) for order in listed.orders)
    return OrdersPage(
        orders=tuple(glimpse for glimpse in found if glimpse is not None),
        next_page=str(page + 1) if len(listed.orders) == PAGE_SIZE else "",
        left=None if listed.total is None else max(0, listed.total - (page - 1) * PAGE_SIZE),
    )


def _glimpse(order: Mapping[str, Any], asked_at: datetime) -> Glimpse | None:
    try:
        told = told_order(order, Source.FETCHED)
    except BadDelivery:
        # An order of a plugin's own kind must not keep us from all behind it.
        return None
    if not isinstance(told, OrderTold):
        return None
    snapshot = told.snapshot
    # The list has what was refunded, but not which lines.
    body = None if told.lacks else fetched_body(snapshot.order_ref, asked_at, order)
    return Glimpse(
        order_ref=snapshot.order_ref,
        number=snapshot.number,
        status=snapshot.status,
        ordered_at=snapshot.ordered_at,
        modified_at=snapshot.modified_at,
        is_paid=snapshot.payment is Payment.PAID,
        refunded_minor=snapshot.refunded_minor,
        body=body,
    )
