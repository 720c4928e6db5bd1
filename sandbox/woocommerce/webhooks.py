"""Webhooks as the REST API makes and changes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.woocommerce.outbox import Webhook
from sandbox.woocommerce.problems import Problem, bad_parameter, no_such
from sandbox.woocommerce.store import Store

_FIELDS = {"name", "topic", "delivery_url", "secret", "status"}
_STATUSES = ("active", "paused", "disabled")
_TOPIC = re.compile(
    r"(coupon|customer|order|product)\.(created|updated|deleted)|(coupon|order|product)\.restored"
    r"|action\.(woocommerce|wc)_(?!login_credentials)\w+"
)


def create(store: Store, fields: Mapping[str, Any], now: datetime) -> Webhook:
    """A new webhook; without a secret it gets one that nobody can ever read. Raises Problem."""
    _know(fields)
    topic, url = str(fields.get("topic", "")), str(fields.get("delivery_url", ""))
    if not _TOPIC.fullmatch(topic):
        raise Problem(
            400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid."
        )
    if not re.match(r"https?://", url):
        raise Problem(
            400,
            "woocommerce_rest_shop_webhook_invalid_delivery_url",
            "Webhook delivery URL must be a valid URL starting with http:// or https://.",
        )
    webhook = Webhook(
        webhook_id=store.next_id("webhook"),
        name=str(fields.get("name") or f"Webhook of {topic}"),
        topic=topic,
        delivery_url=url,
        secret=str(fields.get("secret") or "").rstrip() or store.random_hex(50),
        created_at=now,
        status=_status(fields.get("status", "active")),
    )
    store.webhooks[webhook.webhook_id] = webhook
    return webhook


def find(store: Store, webhook_id: int) -> Webhook:
    """The webhook of this id. Raises Problem."""
    if webhook_id not in store.webhooks:
        raise no_such("shop_webhook")
    return store.webhooks[webhook_id]


def update(store: Store, webhook_id: int, fields: Mapping[str, Any]) -> Webhook:
    """Change what `fields` names. The count of failures stays as it is."""
    _know(fields)
    webhook = find(store, webhook_id)
    webhook.name = str(fields.get("name", webhook.name))
    webhook.delivery_url = str(fields.get("delivery_url", webhook.delivery_url))
    webhook.secret = str(fields.get("secret") or webhook.secret)
    webhook.status = _status(fields.get("status", webhook.status))
    return webhook


def _know(fields: Mapping[str, Any]) -> None:
    if unknown := set(fields) - _FIELDS:
        raise bad_parameter(", ".join(sorted(unknown)))


def _status(value: object) -> str:
    if value not in _STATUSES:
        raise bad_parameter("status")
    return str(value)
