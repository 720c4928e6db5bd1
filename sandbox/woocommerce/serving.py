"""The skin on a socket of 127.0.0.1: connections that stay open, https, and failures below HTTP."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from sandbox.woocommerce.door import Door
from sandbox.woocommerce.faults import Fault, Kind
from sandbox.woocommerce.skin import create_skin

_NOT_FOUND = b"<!doctype html><title>Page not found</title>"


@dataclass(slots=True)
class Serving:
    """A store that can be called."""

    door: Door
    url: str
    asked: list[str] = field(default_factory=list)
    """Paths with their parameters, below the store's own, in order."""
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    hung_up: int = 0
    """Callers that were gone before a broken answer was over."""


@contextmanager
def serving(door: Door, certificate: Path | None = None, path: str = "", port: int = 0) -> Iterator[Serving]:
    """The store on 127.0.0.1, over https with a certificate, below `path`; its `url` is set."""
    scheme = "https" if certificate else "http"
    served = Serving(door, "")
    server = _Server(("127.0.0.1", port), _handler(served, create_skin(door), scheme, path))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    served.url = door.store.url = f"{scheme}://127.0.0.1:{server.server_address[1]}{path}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Clients that hang up, or do not like the certificate, are no news."""


class _Answer(BaseHTTPRequestHandler):
    """Hands requests to the skin, unless a failure was ordered."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one piece
    served: Serving
    app: Flask
    scheme: str
    below: str

    def setup(self) -> None:
        super().setup()
        self.served.connections += 1

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.removeprefix(self.below)
        self.served.asked.append(path)
        self.served.headers.append(dict(self.headers.items()))
        # The control door never fails.
        with self.served.door.lock:
            is_control = path.startswith("/control/")
            fault = None if is_control else self.served.door.faults.take(self.command, path)
        if fault is None:
            self._send(*self._answered(path, body))
            return
        answer = self._answered(path, body) if fault.is_applied else None
        if fault.kind is Kind.SLOW and answer:
            time.sleep(fault.seconds)
            self._send(*answer)
            return
        if fault.kind is Kind.ANSWER:
            self._send(fault.status, dict(fault.headers), fault.body)
            return
        self.close_connection = True
        try:
            self._break(fault)
        except OSError:
            self.served.hung_up += 1

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # the names that http.server asks for

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
        """The Date of an answer, by the store's own clock."""
        return format_datetime(self.served.door.now().astimezone(UTC), usegmt=True)

    def log_message(self, *_args: object) -> None:
        """Keeps quiet."""

    def _answered(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if not self.path.startswith(f"{self.below}/"):
            return 404, {"Content-Type": "text/html"}, _NOT_FOUND
        address = urlsplit(path)
        environ: dict[str, Any] = create_environ(
            address.path,
            f"{self.scheme}://{self.headers['Host']}{self.below}/",
            address.query,
            self.command,
            headers=dict(self.headers.items()),
            data=body,
        )
        parts, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        return int(status.split()[0]), dict(headers), b"".join(parts)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _break(self, fault: Fault) -> None:
        for part in fault.parts:
            self.wfile.write(part)
            self.wfile.flush()
            time.sleep(fault.seconds)
        if fault.kind is Kind.SILENCE:
            time.sleep(fault.seconds)
        self.connection.shutdown(SHUT_RDWR)


def _handler(served: Serving, app: Flask, scheme: str, below: str) -> type[_Answer]:
    parts = {"served": served, "app": app, "scheme": scheme, "below": below}
    return type("Handler", (_Answer,), parts)
