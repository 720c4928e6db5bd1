"""Webhooks of ours at a store."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from core.domain.errors import BadDelivery, Gone, NotAnApi
from core.domain.hooks import Hook
from core.domain.payload import clean_text, reference
from integrations.woocommerce.client import Fields, WooCommerceClient

TOPICS: Final = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    # An order deleted past the bin is told by no topic of orders.
    "action.woocommerce_delete_order",
)
_NAMED: Final = "Regulars: "
"""How the names of ours begin, for the merchant who sees them in the store's settings."""
_MADE_BY = re.compile(r"\(([a-z0-9-]{1,20})\)", re.ASCII)
"""With this they end: the mark of the installation that made them."""


def listed(client: WooCommerceClient) -> list[Hook]:
    """Every webhook of the store, whoever made it."""
    return [_hook(client, fields) for fields in client.webhooks()]


def add(client: WooCommerceClient, topic: str, url: str, secret: str, made_by: str) -> str:
    """Make a webhook; its id. Without a secret the store would make one up that nobody can read."""
    if not secret:
        raise ValueError("a webhook needs a secret of ours")
    name = f"{_NAMED}{topic} ({made_by})"
    wanted = {"name": name, "topic": topic, "delivery_url": url, "secret": secret, "status": "active"}
    return _hook(client, client.create_webhook(wanted)).hook_ref


def remove(client: WooCommerceClient, hook_ref: str) -> None:
    """Delete a webhook; one that is gone already is fine."""
    with suppress(Gone):
        client.delete_webhook(hook_ref)


def _hook(client: WooCommerceClient, fields: Fields) -> Hook:
    try:
        hook_ref = reference(fields.get("id"))
    except BadDelivery as error:
        raise NotAnApi(f"{client.host} has a webhook without an id.") from error
    name = clean_text(fields.get("name"), 200)
    is_ours = name.startswith(_NAMED)
    mark = _MADE_BY.fullmatch(name.rpartition(" ")[2]) if is_ours else None
    return Hook(
        hook_ref=hook_ref,
        topic=clean_text(fields.get("topic"), 120),
        url=clean_text(fields.get("delivery_url"), 500),
        is_active=fields.get("status") == "active",
        is_ours=is_ours,
        made_by=mark[1] if mark else "",
    )
