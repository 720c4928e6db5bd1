"""A strict little Shopify Admin API over real HTTP.

It knows one store. Documents are held against Shopify's own schema (the part ours reach) and executed on it:
a field that is not there, a scope that was not granted, an amount that is missing fail as they would there.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_named_type,
    parse,
    validate,
)

from tests.fakes.query_cost import MOST_OF_ONE_QUERY, highest_cost
from tests.fakes.shopify_orders import ShopOrder, graphql

SCHEMA_FOLDER = Path(__file__).parents[1] / "integrations" / "shopify" / "schema"
TOKEN = "shpat_0123456789abcdef"
VISIBLE = timedelta(days=60)
_ADDRESS = "/admin/api/2026-10/graphql.json"

Trouble = Callable[[BaseHTTPRequestHandler], None]
"""Answers one request in its own way."""


@dataclass
class Asked:
    """One request as it came."""

    operation: str
    variables: dict[str, Any]
    headers: dict[str, str]


@dataclass
class ShopifyAdmin:
    """The state of the store and of its API."""

    now: datetime
    url: str = ""
    token: str = TOKEN
    scopes: set[str] = field(default_factory=lambda: {"read_orders", "read_customers", "read_products"})
    approved: set[str] = field(default_factory=lambda: {"customer/email"})
    currency: str = "EUR"
    available: float = 2000.0
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    """Used up one per request, before anything else is looked at."""
    asked: list[Asked] = field(default_factory=list)
    after: Callable[[int], None] = lambda _: None
    """Called with the number of requests answered so far, before the next answer is made."""

    def put(self, *orders: ShopOrder) -> None:
        """The store has these orders, in this state."""
        for order in orders:
            self.orders[order.gid] = graphql(order)

    def next(self, *troubles: Trouble) -> None:
        """The next requests end like this."""
        self.troubles.extend(troubles)

    def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The GraphQL answer."""
        schema, document = _schema(), parse(query)
        mistakes = _mistakes(query)
        if mistakes:
            return {"errors": [mistake.formatted for mistake in mistakes]}
        cost = highest_cost(schema, document)
        if cost > MOST_OF_ONE_QUERY:
            return {"errors": [_error("too expensive", "MAX_COST_EXCEEDED").formatted]}
        if cost > self.available:
            return {"errors": [_error("Throttled", "THROTTLED").formatted], **self._extensions(cost, None)}
        result = execute_sync(
            schema, document, root_value=self, variable_values=variables, field_resolver=self._resolve
        )
        return {**result.formatted, **self._extensions(cost, 10)}

    def _extensions(self, requested: int, actual: int | None) -> dict[str, Any]:
        status = {"maximumAvailable": 2000.0, "currentlyAvailable": self.available, "restoreRate": 100.0}
        cost = {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}
        return {"extensions": {"cost": cost}}

    def _resolve(self, source: Any, info: GraphQLResolveInfo[None], **arguments: Any) -> Any:
        self._check_access(info)
        if source is self:
            return getattr(self, f"_{info.field_name}")(**arguments)
        value = source[info.field_name]
        if str(info.return_type).rstrip("!").endswith("Connection"):
            return _page(value, **arguments)
        return value[: arguments["first"]] if "first" in arguments else value

    def _check_access(self, info: GraphQLResolveInfo[None]) -> None:
        for spot in (f"{info.parent_type.name}.{info.field_name}", get_named_type(info.return_type).name):
            needs = _access().get(spot)
            if needs is None:
                continue
            if needs["protected"] and needs["protected"] not in self.approved:
                raise GraphQLError(f"This app is not approved to use the {info.field_name} field. See …")
            if needs["any_of"] and not self.scopes.intersection(needs["any_of"]):
                wanted = f"`{needs['any_of'][0]}` access scope."
                text = f"Access denied for {info.field_name} field. Required access: {wanted}"
                raise _error(text, "ACCESS_DENIED", requiredAccess=wanted)

    def _sees(self, order: dict[str, Any]) -> bool:
        placed_at = datetime.fromisoformat(order["createdAt"])
        return "read_all_orders" in self.scopes or placed_at >= self.now - VISIBLE

    def _order(self, id: str) -> dict[str, Any] | None:  # noqa: A002
        order = self.orders.get(id)
        return order if order and self._sees(order) else None

    def _orders(self, first: int, query: str, **_: object) -> dict[str, Any]:
        asked = re.fullmatch(r"created_at:>='([^']+)'", query)
        since = datetime.fromisoformat(asked[1]) if asked else self.now - timedelta(days=3650)
        seen = sorted(
            (
                order
                for order in self.orders.values()
                if self._sees(order) and datetime.fromisoformat(order["createdAt"]) >= since
            ),
            key=lambda order: int(order["id"].rsplit("/", 1)[-1]),
        )
        return {"nodes": seen[:first]}

    def _refund(self, id: str) -> dict[str, Any] | None:  # noqa: A002
        refunds = (refund for order in self.orders.values() for refund in order["refunds"])
        return next((refund for refund in refunds if refund["id"] == id), None)

    def _shop(self) -> dict[str, str]:
        return {
            "name": "Acorn",
            "myshopifyDomain": "acorn.myshopify.com",
            "currencyCode": self.currency,
            "ianaTimezone": "Europe/Berlin",
        }

    def _currentAppInstallation(self) -> dict[str, Any]:  # noqa: N802
        return {"accessScopes": [{"handle": scope} for scope in sorted(self.scopes)]}


def _page(values: list[Any], first: int, after: str | None = None) -> dict[str, Any]:
    start = int(after) if after else 0
    info = {"hasNextPage": start + first < len(values), "endCursor": str(start + first)}
    return {"nodes": values[start : start + first], "pageInfo": info}


def _error(message: str, code: str, **more: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code, **more})


@cache
def _schema() -> GraphQLSchema:
    return build_schema((SCHEMA_FOLDER / "admin_2026-10.graphql").read_text("utf-8"))


@cache
def _mistakes(query: str) -> list[GraphQLError]:
    return validate(_schema(), parse(query))


@cache
def _access() -> dict[str, dict[str, Any]]:
    access: dict[str, dict[str, Any]] = json.loads((SCHEMA_FOLDER / "access.json").read_text("utf-8"))
    return access


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    admin: ShopifyAdmin

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.admin.troubles:
            self.admin.troubles.pop(0)(self)
            return
        if self.path != _ADDRESS:
            respond(self, 404, {"errors": "Not Found"})
        elif self.headers["X-Shopify-Access-Token"] != self.admin.token:
            text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            respond(self, 401, {"errors": text})
        else:
            self._answer(json.loads(body))

    def _answer(self, asked: dict[str, Any]) -> None:
        self.admin.after(len(self.admin.asked))
        operation = parse(asked["query"]).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name is not None
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.admin.asked.append(Asked(operation.name.value, asked["variables"], headers))
        respond(self, 200, self.admin.answer(asked["query"], asked["variables"]))

    def log_message(self, *_: object) -> None:
        """Nothing: the test says what happened."""


def respond(
    handler: BaseHTTPRequestHandler, status: int, body: object, headers: dict[str, str] | None = None
) -> None:
    """Answer with JSON, or with these very bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Nothing: a caller that hangs up is what many tests are about."""


@contextmanager
def running(admin: ShopifyAdmin, tls: ssl.SSLContext | None = None) -> Iterator[ShopifyAdmin]:
    """The API on a port of its own, until the end."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"admin": admin}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    admin.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield admin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
