"""Reads one order whole: every page of its lines and of its refunds, all of one and the same state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.errors import PlatformRefused, PlatformUnavailable
from integrations.shopify.admin import AdminApi
from integrations.shopify.documents import document
from integrations.shopify.errors import AccessDenied
from integrations.shopify.fetched import nodes_of, object_at

_Object = Mapping[str, Any]

_MOST_REFUNDS = 100
"""As many as `order.graphql` asks for: their list has no pages."""
_MOST_PAGES = 50
_EMAIL = frozenset({"order.email"})
_NAME = frozenset({"order.customer.firstName", "order.customer.lastName"})
_AGAIN_AFTER_S = 2


def read_order(api: AdminApi, order_id: str) -> dict[str, Any] | None:
    """The order in Shopify's words, pages joined, `refunds` in full; None when Shopify says null.

    `order_id` is a GID. Raises as `AdminApi.run`, PlatformUnavailable when the order changed meanwhile, and
    BadDelivery when the answer is not an order's.
    """
    order, known = _first_page(api, order_id)
    if order is None:
        return None
    state = order.get("updatedAt")

    def later_page(cursor: str) -> _Object:
        page = _page(api, order_id, known, cursor)
        return _unchanged(page or {}, state)

    _must_be_whole(order, "shippingLines")
    lines = _joined(order, "lineItems", later_page)
    refunds = nodes_of(order, "refunds")
    if len(refunds) >= _MOST_REFUNDS:
        raise PlatformRefused(f"the order has {_MOST_REFUNDS} refunds or more, too many to be read")
    return {
        **order,
        "lineItems": {"nodes": lines},
        "refunds": [_refund(api, str(refund.get("id")), state) for refund in refunds],
    }


@dataclass(frozen=True, slots=True)
class _Known:
    """What of a person this app may read: approval is given field by field, and it may do without."""

    email: bool = True
    name: bool = True


def _first_page(api: AdminApi, order_id: str) -> tuple[_Object | None, _Known]:
    """The order, and what of the person was asked for."""
    try:
        return _page(api, order_id, _Known()), _Known()
    except AccessDenied as denial:
        if not denial.spots <= _EMAIL | _NAME:
            raise
        known = _Known(email=not denial.spots & _EMAIL, name=not denial.spots & _NAME)
    return _page(api, order_id, known), known


def _page(api: AdminApi, order_id: str, known: _Known, after: str | None = None) -> _Object | None:
    asked = {"id": order_id, "after": after, "withEmail": known.email, "withName": known.name}
    data = api.run(document("order"), asked)
    return None if data.get("order") is None else object_at(data, "order")


def _refund(api: AdminApi, refund_id: str, state: object) -> dict[str, Any]:
    def page(cursor: str | None) -> _Object:
        data = api.run(document("refund"), {"id": refund_id, "after": cursor})
        refund = data.get("refund")
        if not isinstance(refund, Mapping):
            raise _changed()
        _unchanged(object_at(refund, "order"), state)
        return refund

    refund = page(None)
    for name in ("refundShippingLines", "orderAdjustments", "transactions"):
        _must_be_whole(refund, name)
    return {**refund, "refundLineItems": {"nodes": _joined(refund, "refundLineItems", page)}}


def _joined(first: _Object, name: str, later_page: Callable[[str], _Object]) -> list[_Object]:
    """The nodes of all pages of a connection."""
    page, nodes = first, list(nodes_of(first, name))
    for _ in range(_MOST_PAGES):
        info = object_at(object_at(page, name), "pageInfo")
        if info.get("hasNextPage") is not True:
            return nodes
        page = later_page(str(info.get("endCursor")))
        nodes += nodes_of(page, name)
    raise PlatformRefused(f"the order's {name} have more than {_MOST_PAGES} pages")


def _must_be_whole(holder: _Object, name: str) -> None:
    if object_at(object_at(holder, name), "pageInfo").get("hasNextPage") is True:
        raise PlatformRefused(f"the order has more {name} than can be read")


def _unchanged(order: _Object, state: object) -> _Object:
    if order.get("updatedAt") != state:
        raise _changed()
    return order


def _changed() -> PlatformUnavailable:
    return PlatformUnavailable("the order changed while it was being read", _AGAIN_AFTER_S)
