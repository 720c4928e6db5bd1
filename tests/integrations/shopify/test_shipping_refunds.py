"""Shipping given back changes no points, however Shopify tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from core.domain.orders import OrderSnapshot
from core.domain.platform import OrderTold
from core.domain.program import read_program
from core.domain.worth import worth
from integrations.shopify.adapter import Shopify
from sandbox.shopify.order_webhooks import webhook
from sandbox.shopify.orders import Back, Line, ShopOrder
from tests.world import NOW, SMALLEST_PROGRAM

PROGRAM = read_program(SMALLEST_PROGRAM, "EUR")


def snapshot(body: dict[str, Any]) -> OrderSnapshot:
    """What a webhook says."""
    message = Shopify().normalize("orders/updated", json.dumps(body, default=float).encode(), NOW)
    assert isinstance(message, OrderTold)
    return message.snapshot


def points(body: dict[str, Any]) -> int:
    """What the order of a webhook is worth."""
    return worth(snapshot(body), PROGRAM).points


def refunded(*refunds: Back) -> ShopOrder:
    lines = (Line(1, price=100_00),)
    return ShopOrder(lines=lines, total=105_40, status="partially_refunded", refunds=refunds)


@pytest.mark.parametrize(
    ("refund", "left"),
    [
        (Back(1, shipping=5_00), 100),
        (Back(1, shipping=5_00, shipping_tax=40), 100),
        (Back(1, shipping=5_00, more=-2_00), 100),
        (Back(1, more=10_54), 90),
        (Back(1, shipping=5_00, shipping_tax=40, more=10_54), 90),
    ],
    ids=["shipping", "shipping and its tax", "half of it", "goodwill", "shipping and goodwill"],
)
def test_only_what_is_more_than_shipping_takes_points(refund: Back, left: int) -> None:
    assert points(webhook(refunded(refund))) == left


def test_the_older_way_of_telling_it_is_understood() -> None:
    body = webhook(refunded(Back(1, shipping=5_00, shipping_tax=40)))
    body["refunds"][0]["refund_shipping_lines"] = []
    adjustment = {"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-0.40"}
    body["refunds"][0]["order_adjustments"] = [adjustment]
    assert points(body) == 100


def test_shipping_given_back_in_a_foreign_currency_counts_as_given_back_in_the_stores() -> None:
    order = replace(refunded(Back(1, shipping=5_00, more=1_00)), foreign="USD")
    assert snapshot(webhook(order)).refunded_minor == 6_00
    assert points(webhook(order)) == 99


def test_tax_of_shipping_that_an_edit_took_away_is_no_shipping_tax() -> None:
    order = ShopOrder(lines=(Line(1, price=119_00),), taxes_included=True, current_tax=19_00, total=119_00)
    body = webhook(order)
    body["shipping_lines"] = [{"is_removed": True, "tax_lines": [{"price": "1.00"}]}]
    assert points(body) == 100
