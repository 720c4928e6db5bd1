"""What eight stores deliver, as the bytes of HTTP requests, and what it must all come to.

One in ten deliveries is an exact repetition, one in ten tells of a refund or another change; all of them
are shuffled, so that changes come before the orders they change. The same seed makes the same stream.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from benchmarks.orders import Purchase, change, place

STORES = 8
CUSTOMERS = 2000
REPEATED_SHARE = 0.1
CHANGED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Posted:
    """One delivery."""

    store: int
    """Which of the stores, from 0."""
    order_ref: str
    modified_at: str
    """The order's own version: of all tellings of an order the newest one counts."""
    points: int
    """What the order is worth in this telling."""
    delivery_ref: str
    request: bytes


def webhook_path(store: int) -> str:
    """The last part of a store's receiving address."""
    return f"bench-{store}"


def secret_of(store: int) -> str:
    """What a store signs with."""
    return f"a benchmark's webhook secret, number {store}"


def stream(seed: int, size: int) -> list[Posted]:
    """`size` deliveries, shuffled."""
    chance = Random(seed)
    told: list[Posted] = []
    order_id = 1000
    while len(told) < size:
        order_id += 1
        purchase = place(chance, order_id, _customer(chance))
        told.append(_told(chance, purchase, "order.created"))
        # Of ten deliveries eight are new orders, so each of these shares is taken from those eight.
        if chance.random() < CHANGED_SHARE / 0.8:
            change(chance, purchase)
            told.append(_told(chance, purchase, "order.updated"))
        if chance.random() < REPEATED_SHARE / 0.8:
            told.append(told[-1])
    told = told[:size]
    chance.shuffle(told)
    return told


def expected_points(posted: Iterable[Posted]) -> dict[tuple[int, str], int]:
    """Points by store and order once all of this is settled, from what the stream knows alone."""
    newest: dict[tuple[int, str], Posted] = {}
    for one in posted:
        key = (one.store, one.order_ref)
        if key not in newest or one.modified_at > newest[key].modified_at:
            newest[key] = one
    return {key: one.points for key, one in newest.items()}


def _customer(chance: Random) -> int:
    """Few order often, most order once."""
    return int(20 * chance.paretovariate(1.1)) % CUSTOMERS + 1


def _told(chance: Random, purchase: Purchase, topic: str) -> Posted:
    store = purchase.order_id % STORES
    # WordPress writes JSON with every slash escaped.
    text = json.dumps(purchase.document, separators=(",", ":")).replace("/", "\\/")
    delivery_ref = chance.randbytes(16).hex()
    return Posted(
        store=store,
        order_ref=str(purchase.order_id),
        modified_at=purchase.document["date_modified_gmt"],
        points=purchase.points,
        delivery_ref=delivery_ref,
        request=_request(store, topic, delivery_ref, text.encode("ascii")),
    )


def _request(store: int, topic: str, delivery_ref: str, body: bytes) -> bytes:
    """The request as WooCommerce makes it, with the headers the product reads and those it does not."""
    signed = hmac.digest(secret_of(store).encode(), body, hashlib.sha256)
    resource, _, event = topic.partition(".")
    head = {
        "Host": "127.0.0.1",
        "User-Agent": "WooCommerce/11.0.1 Hookshot (WordPress/7.1)",
        "Accept": "*/*",
        "Accept-Encoding": "deflate, gzip, br, zstd",
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": f"https://birch-{store}.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": base64.b64encode(signed).decode("ascii"),
        "X-WC-Webhook-ID": str(store + 2),
        "X-WC-Webhook-Delivery-ID": delivery_ref,
        "Content-Length": str(len(body)),
    }
    lines = [f"POST /webhooks/woocommerce/{webhook_path(store)} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body
