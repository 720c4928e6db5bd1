"""What the platforms themselves show of customers' webhooks is read as what it is."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from core.domain.platform import CustomerGone, CustomerTold, Irrelevant, Message
from integrations.shopify.adapter import Shopify
from integrations.woocommerce.adapter import WooCommerce
from tests.world import NOW

OF_SHOPIFY: dict[str, type[Message]] = {
    "customers/create": CustomerTold,
    "customers/update": CustomerTold,
    "customers/delete": CustomerGone,
    # The sample tells of one that failed.
    "customers/merge": Irrelevant,
}
OF_WOOCOMMERCE: dict[str, type[Message]] = {
    "customer.created": CustomerTold,
    "customer.updated": CustomerTold,
    "customer.deleted": CustomerGone,
}


@pytest.mark.parametrize("topic", OF_SHOPIFY)
def test_shopifys_samples_of_customers_are_read(shared: Path, topic: str) -> None:
    name = f"{topic.replace('/', '__')}.json"
    body = (shared / "platforms" / "shopify" / "payloads" / "docs-2026-07" / name).read_bytes()
    assert isinstance(Shopify().normalize(topic, body, NOW), OF_SHOPIFY[topic])


@pytest.mark.parametrize("topic", OF_WOOCOMMERCE)
def test_captured_deliveries_about_customers_are_read(shared: Path, topic: str) -> None:
    bodies = [
        base64.b64decode(json.loads(path.read_text("utf-8"))["body_base64"])
        for path in sorted((shared / "platforms" / "woocommerce" / "captures").glob(f"*--{topic}.json"))
    ]
    assert bodies
    for body in bodies:
        told = WooCommerce().normalize(topic, body, NOW)
        assert isinstance(told, OF_WOOCOMMERCE[topic])
        assert not (isinstance(told, CustomerTold) and told.is_verified)
