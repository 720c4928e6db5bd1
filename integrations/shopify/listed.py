"""Orders as the Admin API lists them by when they were updated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.domain.catching_up import Glimpse, Mark, OrdersPage
from core.domain.errors import BadDelivery
from core.domain.orders import Payment
from core.domain.payload import clean_text, reference, utc_moment
from integrations.shopify.admin import AdminApi
from integrations.shopify.documents import document
from integrations.shopify.fetched import nodes_of, object_at
from integrations.shopify.orders import financial_status, payment_of


def listed_orders(api: AdminApi, mark: Mark) -> OrdersPage:
    """One page of orders from `mark` on, without their contents. Raises as `AdminApi.run`, and BadDelivery.

    An app without the scope `read_all_orders` sees those of the last 60 days.
    """
    data = api.run(document("orders"), {"query": updated_since(mark.since), "after": mark.page or None})
    info = object_at(object_at(data, "orders"), "pageInfo")
    counted = data.get("ordersCount")
    count = counted.get("count") if isinstance(counted, Mapping) else None
    return OrdersPage(
        # Held against the search once more: Shopify passes over one it does not understand.
        orders=tuple(
            one for one in map(glimpse_of, nodes_of(data, "orders")) if one.modified_at >= mark.since
        ),
        next_page=str(info.get("endCursor")) if info.get("hasNextPage") is True else "",
        left=count if isinstance(count, int) and not mark.page else None,
    )


def updated_since(moment: datetime) -> str:
    """The search for orders updated at a moment or later."""
    return f"updated_at:>='{moment.replace(microsecond=0).isoformat()}'"


def glimpse_of(order: Mapping[str, Any]) -> Glimpse:
    """An order of a list, without its contents. Raises BadDelivery."""
    modified_at, ordered_at = utc_moment(order.get("updatedAt")), utc_moment(order.get("createdAt"))
    if modified_at is None or ordered_at is None:
        raise BadDelivery("a listed order has no readable date")
    order_ref, status = reference(order.get("id")), financial_status(order.get("displayFinancialStatus"))
    return Glimpse(
        order_ref=order_ref,
        number=clean_text(order.get("name"), 80) or order_ref,
        status=status,
        ordered_at=ordered_at,
        modified_at=modified_at,
        is_paid=payment_of(status) is Payment.PAID and order.get("test") is not True,
    )
