"""A WooCommerce store's REST API over real HTTP: small, and stricter than the real one.

What it refuses: wrong keys, keys in the clear over http, parameters it does not know, methods but GET.
`answers` holds faults: each is sent once, raw, in place of an answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

KEY, SECRET = "ck_birch", "cs_birch"
_LIST_PARAMS = {
    *("modified_after", "dates_are_gmt", "orderby", "order", "status", "per_page", "page"),
    *("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature_method", "oauth_signature"),
    "_fields",
}


@dataclass
class FakeStore:
    """What the store holds, what it was asked, and what it should answer wrongly."""

    url: str = ""
    path: str = ""
    currency: str = "EUR"
    site: dict[str, Any] = field(
        default_factory=lambda: {"name": "Birch", "timezone_string": "Europe/Berlin"}
    )
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Paths with their parameters, in order."""
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0

    def answer_next(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        """Send this in place of the next answer."""
        self.answers.append(answer)

    def respond(self, path: str, params: dict[str, str]) -> tuple[int, object]:
        """Status and JSON for an authorised request below /wp-json/."""
        if unknown := set(params) - _LIST_PARAMS:
            return 400, _problem("rest_invalid_param", f"Invalid parameter(s): {', '.join(sorted(unknown))}")
        if path == "":
            return 200, self.site
        if path == "wc/v3/data/currencies/current":
            return 200, {"code": self.currency, "name": "Euro", "symbol": "&euro;"}
        if path == "wc/v3/orders":
            return 200, self._page(self._modified_after(params), params)
        if found := re.fullmatch(r"wc/v3/orders/(\d+)(/refunds)?", path):
            order_id = int(found[1])
            if order_id not in self.orders:
                return 404, _problem("woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
            if found[2]:
                return 200, self._page(self.refunds.get(order_id, []), params)
            return 200, self.orders[order_id]
        return 404, _problem("rest_no_route", "No route was found matching the URL and request method.")

    def _modified_after(self, params: dict[str, str]) -> list[dict[str, Any]]:
        assert params["dates_are_gmt"] == "true"
        assert (params["orderby"], params["order"]) == ("modified", "asc")
        after = datetime.fromisoformat(params["modified_after"]).replace(tzinfo=UTC)

        def modified(order: dict[str, Any]) -> datetime:
            return datetime.fromisoformat(order["date_modified_gmt"]).replace(tzinfo=UTC)

        wanted = params["status"]
        listed = [order for order in self.orders.values() if modified(order) > after]
        return sorted(
            (o for o in listed if (o["status"] != "trash" if wanted == "any" else o["status"] == wanted)),
            key=modified,
        )

    def _page(self, rows: list[dict[str, Any]], params: dict[str, str]) -> list[dict[str, Any]]:
        size, page = int(params["per_page"]), int(params["page"])
        assert 1 <= size <= 100
        return rows[(page - 1) * size : page * size]


def _problem(code: str, message: str) -> dict[str, object]:
    return {"code": code, "message": message, "data": {"status": 400}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Clients that hang up, or do not like the certificate, are no news."""


@contextmanager
def fake_store(certificate: Path | None = None, path: str = "") -> Iterator[FakeStore]:
    """A store on 127.0.0.1, over https with a certificate, answering below `path`."""
    store = FakeStore(path=path)
    server = _Server(("127.0.0.1", 0), _handler(store, is_https=certificate is not None))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "https" if certificate else "http"
    store.url = f"{scheme}://127.0.0.1:{server.server_address[1]}{path}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(store: FakeStore, *, is_https: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            store.connections += 1

        def do_GET(self) -> None:
            store.asked.append(self.path.removeprefix(store.path))
            store.headers.append(dict(self.headers.items()))
            if store.answers:
                self.close_connection = True
                with suppress(OSError):
                    store.answers.pop(0)(self)
            else:
                self._answer()

        def _answer(self) -> None:
            address = urlsplit(self.path)
            params = dict(parse_qsl(address.query, strict_parsing=bool(address.query)))
            below = f"{store.path}/wp-json/"
            if not address.path.startswith(below):
                send(self, 404, b"<!doctype html><title>Page not found</title>", "text/html")
                return
            refusal = _unauthorised(self, params, is_https)
            status, value = refusal or store.respond(address.path.removeprefix(below), params)
            send(self, status, json.dumps(value).encode())

        def log_message(self, *_args: object) -> None:
            """Keeps quiet."""

    return Handler


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    content_type: str = "application/json",
    **headers: str,
) -> None:
    """One whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def _unauthorised(
    handler: BaseHTTPRequestHandler, params: dict[str, str], is_https: bool
) -> tuple[int, object] | None:
    if is_https:
        expected = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        is_good = handler.headers.get("Authorization") == f"Basic {expected}" and "oauth_nonce" not in params
    else:
        is_good = "Authorization" not in handler.headers and _is_signed(handler, params)
    if is_good:
        return None
    return 401, _problem("woocommerce_rest_authentication_error", "Consumer secret is invalid.")


def _is_signed(handler: BaseHTTPRequestHandler, params: dict[str, str]) -> bool:
    """OAuth 1.0a, RFC 5849 section 3.4, with HMAC-SHA256 and no token."""
    signature = params.get("oauth_signature", "")
    signed = sorted(
        (quote(key, ""), quote(value, "")) for key, value in params.items() if key != "oauth_signature"
    )
    url = f"http://{handler.headers['Host']}{urlsplit(handler.path).path}"
    joined = "&".join(f"{key}={value}" for key, value in signed)
    base = f"GET&{quote(url, '')}&{quote(joined, '')}"
    expected = hmac.digest(f"{SECRET}&".encode(), base.encode(), hashlib.sha256)
    return params.get("oauth_consumer_key") == KEY and signature == base64.b64encode(expected).decode()
