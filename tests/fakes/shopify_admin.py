"""The stand-in Shopify store over real HTTP, with every kind of trouble a connection can have."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from graphql import OperationDefinitionNode, parse

from sandbox.shopify.admin import PATH, Admin
from sandbox.shopify.orders import ShopOrder
from sandbox.shopify.outbox import Outbox
from sandbox.shopify.reply import Reply
from sandbox.shopify.store import Store

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
    """The stand-in store behind a server that can be told to answer in any way at all, byte by byte."""

    now: datetime
    url: str = ""
    admin: Admin = field(default_factory=lambda: Admin(Store(Outbox("acorn.myshopify.com", "", "w1".format))))
    troubles: list[Trouble] = field(default_factory=list)
    """Used up one per request, before anything else is looked at."""
    asked: list[Asked] = field(default_factory=list)
    after: Callable[[int], None] = lambda _: None
    """Called with the number of requests answered so far, before the next answer is made."""

    @property
    def token(self) -> str:
        return self.admin.token

    @property
    def scopes(self) -> set[str]:
        return self.admin.scopes

    @property
    def orders(self) -> dict[int, ShopOrder]:
        return self.admin.store.orders

    def put(self, *orders: ShopOrder) -> None:
        """The store has these orders, in this state."""
        self.orders.update({order.order_id: order for order in orders})

    def next(self, *troubles: Trouble) -> None:
        """The next requests end like this."""
        self.troubles.extend(troubles)

    def reply(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """What the store answers."""
        if headers.get("x-shopify-access-token") == self.token and path == PATH:
            self.after(len(self.asked))
            told = json.loads(body)
            operation = parse(told["query"]).definitions[0]
            assert isinstance(operation, OperationDefinitionNode)
            assert operation.name is not None
            self.asked.append(Asked(operation.name.value, told["variables"], headers))
        return self.admin.reply(path, headers.get("x-shopify-access-token"), body, self.now)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    admin: ShopifyAdmin

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.admin.troubles:
            self.admin.troubles.pop(0)(self)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.admin.reply(self.path, headers, body)
        respond(self, reply.status, reply.body)

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
