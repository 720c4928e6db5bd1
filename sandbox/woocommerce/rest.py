"""The REST API (wc/v3): from a request to what it does to the store and what is answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sandbox.woocommerce import coupons, orders, webhooks
from sandbox.woocommerce.amounts import minor
from sandbox.woocommerce.bodies import customer_json, order_json, refund_json, webhook_json
from sandbox.woocommerce.coupons import coupon_json
from sandbox.woocommerce.deliveries import ping
from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.problems import Problem, bad_parameter
from sandbox.woocommerce.store import Order, Plugin, Store, add_customer

_PAGES = {"page", "per_page", "orderby", "order", "_fields"}
_MOST_PER_PAGE = 100
_ORDER_FIELDS = {"status", "customer_id", "meta_data"}
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Request:
    """An authorised request."""

    method: str
    path: str
    """Below `/wp-json/`."""
    params: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    """The JSON object sent with it."""


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    status: int
    value: object
    headers: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Sending, ...] = ()
    """What the store sends before it answers, whatever comes of it: the ping of a new webhook."""


@dataclass(frozen=True, slots=True)
class HalfDone:
    """A request between two steps; others may come in between."""

    finish: Callable[[datetime], Response]


def answer(store: Store, request: Request, now: datetime) -> Response:
    """Do all of a request with nobody in between."""
    step = begin(store, request, now)
    return step.finish(now) if isinstance(step, HalfDone) else step


def begin(store: Store, request: Request, now: datetime) -> Response | HalfDone:
    """Do a request, or its first step where the store itself has two."""
    store.outbox.visit(now)
    try:
        for method, pattern, act in _ROUTES:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                return act(_Call(store, request, [int(part) for part in found.groups()], now))
        raise Problem(404, "rest_no_route", "No route was found matching the URL and request method.")
    except Problem as problem:
        return Response(problem.status, problem.body())


@dataclass(frozen=True, slots=True)
class _Call:
    store: Store
    request: Request
    ids: Sequence[int]
    now: datetime

    def param(self, name: str) -> str | None:
        return self.request.params.get(name)

    def know(self, *names: str) -> None:
        """Refuse parameters beyond these: the real store passes over them, which hides mistakes."""
        if unknown := set(self.request.params) - {*names, *_PAGES}:
            raise bad_parameter(", ".join(sorted(unknown)))

    def has(self, name: str) -> bool:
        return self.param(name) in {"true", "1"}


def _page(call: _Call, rows: Sequence[Row], write: Callable[[Row], object]) -> Response:
    size, page = int(call.param("per_page") or 10), int(call.param("page") or 1)
    if not 1 <= size <= _MOST_PER_PAGE or page < 1:
        raise bad_parameter("per_page")
    headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(-(-len(rows) // size))}
    return Response(200, [write(row) for row in rows[(page - 1) * size : page * size]], headers)


def _index(call: _Call) -> Response:
    zone = call.store.zone.key
    site = {"name": call.store.name, "timezone_string": zone, "gmt_offset": 0, "namespaces": ["wc/v3"]}
    return Response(200, site)


def _currency(call: _Call) -> Response:
    return Response(200, {"code": call.store.currency, "name": call.store.currency, "symbol": ""})


def _list_orders(call: _Call) -> Response:
    call.know("modified_after", "dates_are_gmt", "status")
    wanted = call.param("status") or "any"
    after = _moment(call, "modified_after")
    rows = [
        order
        for order in call.store.orders.values()
        if (order.status != "trash" if wanted == "any" else order.status == wanted)
        and (after is None or order.modified_at.replace(microsecond=0) > after)
    ]
    by_modified = call.param("orderby") == "modified"
    rows.sort(
        key=lambda order: (order.modified_at if by_modified else order.created_at, order.order_id),
        reverse=call.param("order") != "asc",
    )
    return _page(call, rows, lambda order: order_json(call.store, order))


def _moment(call: _Call, name: str) -> datetime | None:
    text = call.param(name)
    if text is None:
        return None
    zone = UTC if call.has("dates_are_gmt") else call.store.zone
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _order(call: _Call) -> Response:
    return _told(call, orders.find(call.store, call.ids[0]))


def _told(call: _Call, order: Order) -> Response:
    return Response(200, order_json(call.store, order))


def _put_order(call: _Call) -> Response:
    fields, order_id = call.request.fields, call.ids[0]
    order = orders.find(call.store, order_id)
    if unknown := set(fields) - _ORDER_FIELDS:
        raise bad_parameter(", ".join(sorted(unknown)))
    orders.add_meta(call.store, order, fields.get("meta_data", []))
    order.customer_id = fields.get("customer_id", order.customer_id)
    if "status" in fields:
        return _told(call, orders.set_status(call.store, order_id, fields["status"], call.now))
    return _told(call, orders.touch(call.store, order_id, call.now))


def _delete_order(call: _Call) -> Response:
    call.know("force")
    if call.has("force"):
        return _told(call, orders.delete(call.store, call.ids[0]))
    return _told(call, orders.trash(call.store, call.ids[0], call.now))


def _list_refunds(call: _Call) -> Response:
    call.know()
    order = orders.find(call.store, call.ids[0])
    return _page(call, order.refunds, lambda refund: refund_json(call.store, refund))


def _post_refund(call: _Call) -> Response:
    fields, decimals = call.request.fields, call.store.decimals
    lines = [
        orders.Back(
            int(row["id"]),
            int(row.get("quantity", 0)),
            minor(coupons.decimal(row.get("refund_total", "0"), "refund_total"), decimals),
            sum(
                minor(coupons.decimal(tax["refund_total"], "refund_tax"), decimals)
                for tax in row.get("refund_tax", [])
            ),
        )
        for row in fields.get("line_items", [])
    ]
    amount = minor(coupons.decimal(fields.get("amount"), "amount"), decimals)
    reason = str(fields.get("reason", ""))
    made = orders.refund(call.store, call.ids[0], amount, call.now, lines, reason)
    return Response(201, refund_json(call.store, made))


def _delete_refund(call: _Call) -> Response:
    call.know("force")
    orders.delete_refund(call.store, *call.ids)
    return Response(200, {"id": call.ids[1]})


def _list_coupons(call: _Call) -> Response:
    call.know("code", "search")
    rows = coupons.listed(call.store, call.param("code"), call.param("search"))
    if call.param("orderby") == "id":
        rows.sort(key=lambda coupon: coupon.coupon_id, reverse=call.param("order") != "asc")
    return _page(call, rows, lambda coupon: coupon_json(call.store, coupon))


def _coupon(call: _Call) -> Response:
    return Response(200, coupon_json(call.store, coupons.find(call.store, call.ids[0])))


def _post_coupon(call: _Call) -> HalfDone:
    unwritten = coupons.check(call.store, call.request.fields)

    def finish(now: datetime) -> Response:
        return Response(201, coupon_json(call.store, coupons.write(call.store, unwritten, now)))

    return HalfDone(finish)


def _put_coupon(call: _Call) -> Response:
    changed = coupons.update(call.store, call.ids[0], call.request.fields, call.now)
    return Response(200, coupon_json(call.store, changed))


def _delete_coupon(call: _Call) -> Response:
    call.know("force")
    gone = coupons.delete(call.store, call.ids[0], call.now, force=call.has("force"))
    return Response(200, coupon_json(call.store, gone))


def _list_customers(call: _Call) -> Response:
    call.know("role", "email")
    email = call.param("email")
    rows = [one for one in call.store.customers.values() if email in {None, one.email}]
    return _page(call, rows, lambda customer: customer_json(call.store, customer))


def _customer(call: _Call) -> Response:
    if call.ids[0] not in call.store.customers:
        raise Problem(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return Response(200, customer_json(call.store, call.store.customers[call.ids[0]]))


def _post_customer(call: _Call) -> Response:
    email = coupons.sanitized_email(str(call.request.fields.get("email", "")))
    if not email:
        raise bad_parameter("email")
    made = add_customer(call.store, email, str(call.request.fields.get("first_name", "")), call.now)
    return Response(201, customer_json(call.store, made))


def _list_webhooks(call: _Call) -> Response:
    call.know("status")
    wanted = call.param("status") or "all"
    rows = [hook for hook in call.store.webhooks.values() if wanted in {"all", hook.status}]
    return _page(call, rows, lambda hook: webhook_json(call.store, hook))


def _post_webhook(call: _Call) -> Response:
    made = webhooks.create(call.store, call.request.fields, call.now)
    return Response(201, webhook_json(call.store, made), before=(ping(made),))


def _webhook(call: _Call) -> Response:
    return Response(200, webhook_json(call.store, webhooks.find(call.store, call.ids[0])))


def _put_webhook(call: _Call) -> Response:
    changed = webhooks.update(call.store, call.ids[0], call.request.fields)
    pings = (ping(changed),) if "delivery_url" in call.request.fields else ()
    return Response(200, webhook_json(call.store, changed), before=pings)


def _delete_webhook(call: _Call) -> Response:
    call.know("force")
    if not call.has("force"):
        raise Problem(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    gone = webhooks.find(call.store, call.ids[0])
    del call.store.webhooks[gone.webhook_id]
    return Response(200, webhook_json(call.store, gone))


def _plugin(call: _Call) -> Plugin:
    if call.store.plugin is None:
        raise Problem(404, "rest_no_route", "No route was found matching the URL and request method.")
    return call.store.plugin


def _link(call: _Call) -> Response:
    plugin = _plugin(call)
    said = {"version": "0.1.0", "server": plugin.server, "linked": bool(plugin.secret)}
    return Response(200, said)


def _post_link(call: _Call) -> Response:
    plugin, fields = _plugin(call), call.request.fields
    server, secret = str(fields.get("server", "")), str(fields.get("secret", ""))
    if not re.fullmatch(r"https://[^/?#@]+(/[^?#]*)?", server):
        raise bad_parameter("server")
    if not re.fullmatch("[0-9a-f]{32,128}", secret):
        raise bad_parameter("secret")
    plugin.server, plugin.secret = server.rstrip("/"), secret
    return _link(call)


def _delete_link(call: _Call) -> Response:
    plugin = _plugin(call)
    plugin.server = plugin.secret = ""
    return _link(call)


_ROUTES: tuple[tuple[str, re.Pattern[str], Callable[[_Call], Response | HalfDone]], ...] = tuple(
    (method, re.compile(path.replace("N", r"(\d{1,18})")), act)
    for method, path, act in (
        ("GET", "", _index),
        ("GET", "wc/v3/data/currencies/current", _currency),
        ("GET", "wc/v3/orders", _list_orders),
        ("GET", "wc/v3/orders/N", _order),
        ("PUT", "wc/v3/orders/N", _put_order),
        ("DELETE", "wc/v3/orders/N", _delete_order),
        ("GET", "wc/v3/orders/N/refunds", _list_refunds),
        ("POST", "wc/v3/orders/N/refunds", _post_refund),
        ("DELETE", "wc/v3/orders/N/refunds/N", _delete_refund),
        ("GET", "wc/v3/coupons", _list_coupons),
        ("POST", "wc/v3/coupons", _post_coupon),
        ("GET", "wc/v3/coupons/N", _coupon),
        ("PUT", "wc/v3/coupons/N", _put_coupon),
        ("DELETE", "wc/v3/coupons/N", _delete_coupon),
        ("GET", "wc/v3/customers", _list_customers),
        ("POST", "wc/v3/customers", _post_customer),
        ("GET", "wc/v3/customers/N", _customer),
        ("GET", "wc/v3/webhooks", _list_webhooks),
        ("POST", "wc/v3/webhooks", _post_webhook),
        ("GET", "wc/v3/webhooks/N", _webhook),
        ("PUT", "wc/v3/webhooks/N", _put_webhook),
        ("DELETE", "wc/v3/webhooks/N", _delete_webhook),
        ("GET", "wc-regulars/v1/link", _link),
        ("POST", "wc-regulars/v1/link", _post_link),
        ("DELETE", "wc-regulars/v1/link", _delete_link),
    )
)
