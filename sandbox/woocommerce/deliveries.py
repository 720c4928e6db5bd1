"""Deliveries as they leave the store: built, signed and labelled at the moment of sending."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.woocommerce.bodies import customer_json, order_json
from sandbox.woocommerce.coupons import coupon_json
from sandbox.woocommerce.outbox import Sending, Webhook, delivery_id
from sandbox.woocommerce.problems import no_such
from sandbox.woocommerce.store import VERSION, Store

USER_AGENT = f"WooCommerce/{VERSION} Hookshot (WordPress/7.1)"


def next_sending(store: Store, now: datetime) -> Sending | None:
    """What the store's one runner sends next. Its answer is due before the next one is asked for."""
    while (pair := store.outbox.take(now)) is not None:
        webhook = store.webhooks.get(pair[0])
        if webhook is not None and webhook.status == "active":
            return _sending(store, webhook, pair[1], now)
    return None


def ping(webhook: Webhook) -> Sending:
    """What is sent while a webhook is being made: a form, not signed."""
    headers = {"User-Agent": USER_AGENT, "Content-Type": "application/x-www-form-urlencoded"}
    return Sending(
        webhook.webhook_id, webhook.delivery_url, headers, f"webhook_id={webhook.webhook_id}".encode()
    )


def signature(secret: str, body: bytes) -> str:
    """How a body is signed."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _sending(store: Store, webhook: Webhook, arg: int, now: datetime) -> Sending:
    body = json.dumps(_payload(store, webhook.topic, arg), separators=(",", ":")).replace("/", "\\/").encode()
    resource, _, event = webhook.topic.partition(".")
    headers = {
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": f"{store.url}/",
        "X-WC-Webhook-Topic": webhook.topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": signature(webhook.secret, body),
        "X-WC-Webhook-ID": str(webhook.webhook_id),
        "X-WC-Webhook-Delivery-ID": delivery_id(webhook.webhook_id, now),
        "Connection": "close",
    }
    return Sending(webhook.webhook_id, webhook.delivery_url, headers, body)


def _payload(store: Store, topic: str, arg: int) -> Mapping[str, Any]:
    """What is told, as the user who made the webhook may see it now."""
    resource, _, event = topic.partition(".")
    if resource == "action":
        return {"action": event, "arg": arg}
    if event == "deleted":
        return {"id": arg}
    if store.owner_status != 200:
        return {
            "code": "woocommerce_rest_cannot_view",
            "message": "Sorry, you cannot view this resource.",
            "data": {"status": store.owner_status},
        }
    if resource == "order":
        order = store.orders.get(arg)
        return order_json(store, order) if order else no_such("shop_order").body()
    if resource == "coupon":
        coupon = store.coupons.get(arg)
        return coupon_json(store, coupon) if coupon else no_such("shop_coupon").body()
    customer = store.customers.get(arg)
    return customer_json(store, customer) if customer else no_such("customer").body()
