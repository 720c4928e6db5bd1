"""Posting signed deliveries over real HTTP, as a store does."""

from __future__ import annotations

import http.client
import random
import socket
import uuid
from collections.abc import Mapping
from contextlib import closing

from core.domain.stores import Store
from integrations.body_signature import header
from tests.world import SECRET


def free_port() -> int:
    """A port nobody listens on, outside the range the kernel gives to outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def deliver(port: int, store: Store, body: bytes, headers: Mapping[str, str] | None = None) -> int:
    """Post a delivery, signed unless `headers` say otherwise; the HTTP status.

    Raises OSError or HTTPException when there is no answer.
    """
    signed = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Delivery-ID": uuid.uuid4().hex,
        "X-WC-Webhook-Signature": header(body, SECRET),
        **(headers or {}),
    }
    return status_of(port, "POST", f"/webhooks/woocommerce/{store.webhook_path}", body, signed)


def is_healthy(port: int) -> bool:
    """True when GET /healthz is 200."""
    try:
        return status_of(port, "GET", "/healthz") == 200
    except OSError:
        return False


def status_of(
    port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> int:
    """The status of one request to this machine."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        return connection.getresponse().status
