"""Whether an order that Shopify does not show is gone, or only too old for this app to see.

Without the scope `read_all_orders` an app sees the orders of the last 60 days, and an older order looks
exactly like a deleted one. But ids rise with time: when a recent order with a lower id can be seen, the order
asked for is more recent still and would be seen if it were there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.domain.payload import reference, utc_moment
from integrations.shopify.fetched import nodes_of, object_at

SURELY_SEEN = timedelta(days=50)
"""Ten days short of Shopify's window: an order taken offline at a till is dated before its id was given."""

ALL_ORDERS = "read_all_orders"
WHY_HIDDEN = (
    f"Shopify does not show this order: it was deleted, or it is older than 60 days, and without the access "
    f"scope {ALL_ORDERS} nobody can tell which"
)


def recently_placed(asked_at: datetime) -> str:
    """The search for orders that every app sees."""
    return f"created_at:>='{_since(asked_at).isoformat()}'"


def is_surely_gone(order_ref: str, data: Mapping[str, Any], asked_at: datetime) -> bool:
    """What the answer to `vanished.graphql` says of an order that is null. Raises BadDelivery."""
    if ALL_ORDERS in granted_scopes(data):
        return True
    return any(
        _is_recent(order, asked_at) and int(reference(order.get("id"))) < int(order_ref)
        for order in nodes_of(data, "orders")
    )


def granted_scopes(data: Mapping[str, Any]) -> frozenset[str]:
    """The access scopes the store has granted. Raises BadDelivery."""
    installation = object_at(data, "currentAppInstallation")
    return frozenset(str(scope.get("handle")) for scope in nodes_of(installation, "accessScopes"))


def _is_recent(order: Mapping[str, Any], asked_at: datetime) -> bool:
    # Checked here as well: Shopify passes over a search it does not understand.
    placed_at = utc_moment(order.get("createdAt"))
    return placed_at is not None and placed_at >= _since(asked_at)


def _since(asked_at: datetime) -> datetime:
    return (asked_at - SURELY_SEEN).replace(microsecond=0)
