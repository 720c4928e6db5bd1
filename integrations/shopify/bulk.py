"""All orders since a day, by one bulk operation: Shopify writes them into a file, which is read in pieces.

The place in it is a mark like any other, so a reader that was killed goes on in the same file. Where Shopify
does not do it (another one runs, a right is missing, the file is gone) orders are listed by pages instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from core.domain.catching_up import Glimpse, Mark, OrdersPage
from core.domain.errors import BadDelivery, PlatformRefused, PlatformUnavailable
from core.domain.payload import clean_text, parse_object, utc_moment
from integrations.shopify.admin import AdminApi
from integrations.shopify.documents import document
from integrations.shopify.fetched import nodes_of, object_at, order_body
from integrations.shopify.listed import glimpse_of, listed_orders

ORDERS_MOST: Final = 100
PIECE_BYTES: Final = 1024 * 1024
LONGEST_ORDER_BYTES: Final = 8 * 1024 * 1024
LOOK_AGAIN_S: Final = 5

_SINCE: Final = "2000-01-01T00:00:00+00:00"
"""As it stands in the document."""
_PLACE = re.compile(r"bulk:(gid://shopify/BulkOperation/\d{1,20})@(\d{1,15})", re.ASCII)
_BY_PAGES: Final = "pages:"
_UNDER_WAY = frozenset({"CREATED", "RUNNING"})


def past_orders(api: AdminApi, mark: Mark) -> OrdersPage:
    """The next orders placed since `mark.since`, in no particular order.

    Raises as `AdminApi.run`, PlatformUnavailable while Shopify is at it, and BadDelivery.
    """
    if mark.page.startswith(_BY_PAGES):
        return _by_pages(api, mark)
    place = _PLACE.fullmatch(mark.page)
    try:
        return _begun(api, mark) if place is None else _read_on(api, mark, place[1], int(place[2]))
    except PlatformRefused:
        return OrdersPage((), next_page=_BY_PAGES)


def _by_pages(api: AdminApi, mark: Mark) -> OrdersPage:
    page = listed_orders(api, Mark(mark.since, mark.page.removeprefix(_BY_PAGES)))
    orders = tuple(replace(one, place=Mark(one.modified_at, _BY_PAGES)) for one in page.orders)
    return replace(page, orders=orders, next_page=page.next_page and _BY_PAGES + page.next_page)


def _begun(api: AdminApi, mark: Mark) -> OrdersPage:
    since = mark.since.replace(microsecond=0).isoformat()
    data = api.run(document("bulk_start"), {"query": document("bulk_orders").text.replace(_SINCE, since)})
    started = object_at(data, "bulkOperationRunQuery")
    if started.get("bulkOperation") is None:
        said = "; ".join(clean_text(one.get("message")) for one in nodes_of(started, "userErrors"))
        raise PlatformRefused(f"Shopify does not put the orders together: {said}")
    operation = clean_text(object_at(started, "bulkOperation").get("id"))
    return OrdersPage((), next_page=f"bulk:{operation}@0")


def _read_on(api: AdminApi, mark: Mark, operation: str, at_byte: int) -> OrdersPage:
    data = api.run(document("bulk_status"), {"id": operation})
    if data.get("bulkOperation") is None:
        raise PlatformRefused("Shopify does not know the operation any more")
    told = object_at(data, "bulkOperation")
    status, asked_at = told.get("status"), utc_moment(told.get("createdAt"))
    if status in _UNDER_WAY:
        raise PlatformUnavailable("Shopify is still putting the orders together", LOOK_AGAIN_S)
    if status != "COMPLETED" or asked_at is None:
        raise PlatformRefused(f"Shopify ended putting the orders together: {clean_text(status, 40)}")
    url = told.get("url")
    if not isinstance(url, str):
        return OrdersPage(())
    orders, is_last = _piece(api, url, at_byte)
    found = tuple(
        replace(_glimpse(one, asked_at), place=Mark(mark.since, f"bulk:{operation}@{one.ends_at}"))
        for one in orders
    )
    total = int(str(told.get("rootObjectCount"))) if at_byte == 0 else None
    return OrdersPage(found, "" if is_last else f"bulk:{operation}@{orders[-1].ends_at}", total)


@dataclass(frozen=True, slots=True)
class _Grouped:
    """An order of the file with its children."""

    order: Mapping[str, Any]
    children: list[Mapping[str, Any]]
    ends_at: int
    """The byte behind it."""


def _piece(api: AdminApi, url: str, at_byte: int) -> tuple[list[_Grouped], bool]:
    """The next whole orders of the file, and whether they are the last. Raises PlatformRefused."""
    for most_bytes in (PIECE_BYTES, LONGEST_ORDER_BYTES):
        part = api.download(url, at_byte, most_bytes)
        reaches_end = at_byte + len(part.content) >= part.total_bytes
        grouped = list(_grouped(part.content, at_byte, is_end=reaches_end))
        if grouped or reaches_end:
            return grouped[:ORDERS_MOST], reaches_end and len(grouped) <= ORDERS_MOST
    raise PlatformRefused(f"Shopify's file holds an order of more than {LONGEST_ORDER_BYTES:,} bytes")


def _grouped(content: bytes, at_byte: int, *, is_end: bool) -> Iterator[_Grouped]:
    """Orders whose last child is surely there: another order follows, or the end of the file."""
    order: Mapping[str, Any] | None = None
    children: list[Mapping[str, Any]] = []
    for line in content.splitlines(keepends=True):
        if not line.endswith(b"\n") and not is_end:
            return
        row = parse_object(line) if line.strip() else {"__parentId": ""}
        if "__parentId" in row:
            children.append(row)
        else:
            if order is not None:
                yield _Grouped(order, children, at_byte)
            order, children = row, []
        at_byte += len(line)
    if order is not None and is_end:
        yield _Grouped(order, children, at_byte)


def _glimpse(grouped: _Grouped, asked_at: datetime) -> Glimpse:
    glimpse = glimpse_of(grouped.order)
    if nodes_of(grouped.order, "refunds"):
        # What was refunded of it has to be asked for.
        return glimpse
    whole = {
        **grouped.order,
        "lineItems": {"nodes": _of_kind(grouped, "LineItem")},
        "shippingLines": {"nodes": _of_kind(grouped, "ShippingLine")},
        "refunds": [],
    }
    return replace(glimpse, body=order_body(whole, asked_at))


def _of_kind(grouped: _Grouped, kind: str) -> list[Mapping[str, Any]]:
    owner = grouped.order.get("id")
    begins = f"gid://shopify/{kind}/"
    found = [one for one in grouped.children if str(one.get("id")).startswith(begins)]
    if any(one.get("__parentId") != owner for one in found):
        raise BadDelivery("the file has a child behind another order")
    return found
