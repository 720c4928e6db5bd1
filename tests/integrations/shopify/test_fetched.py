"""A fetched and a delivered body of one order mean the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BadDelivery
from core.domain.platform import FETCHED_ORDER, Irrelevant, Message, OrderGone, OrderTold
from core.domain.program import read_program
from core.domain.worth import worth
from integrations.shopify.adapter import Shopify
from integrations.shopify.fetched import gone_body, hidden_body, order_body
from integrations.shopify.shop import ShopifyShop
from sandbox.shopify.order_graphql import graphql
from sandbox.shopify.order_webhooks import webhook
from sandbox.shopify.orders import Back, BackLine, Line, ShopOrder
from tests.fakes.shopify_admin import ShopifyAdmin
from tests.world import NOW, SMALLEST_PROGRAM

PICKY_PROGRAM = (
    '{"earning": [{"kind": "points_per_unit", "points": 3, "per_minor": 7, "rounding": "half-up", '
    '"excluded_products": ["71"], "excluded_skus": ["CAP"]}], "pending_days": 0}'
)
RICH = ShopOrder(
    lines=(
        Line(1, quantity=3, edited_away=1, discounts=(500, 33), taxes=(700, 20)),
        Line(2, price=20_00, is_gift_card=True, product_id=None, variant_id=None, sku=None),
        Line(3, price=9_99, taxes=()),
        Line(4, price=9_99, is_taxable=False),
    ),
    refunds=(Back(11, (BackLine(1, subtotal=4000, tax=240),), shipping=490, shipping_tax=93, more=-5),),
    shipping_taxes=(93,),
    status="partially_refunded",
    taxes_included=True,
    current_tax=7_00,
    codes=("SUMMER", "ana-7"),
    attributes={"regulars_ref": "r-7"},
    updated_after_s=3,
    is_closed=True,
)


def delivered(order: ShopOrder) -> OrderTold:
    """What a webhook says of the order."""
    body = json.dumps(webhook(order), default=float).encode()
    return _told(Shopify().normalize("orders/updated", body, NOW))


def fetched(order: ShopOrder) -> OrderTold:
    """What we fetched of the order says."""
    return _told(normalize(order_body(graphql(order), NOW)))


def normalize(body: bytes) -> Message:
    return Shopify().normalize(FETCHED_ORDER, body, NOW)


def _told(message: Message) -> OrderTold:
    assert isinstance(message, OrderTold)
    return message


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    small = st.integers(0, 900)
    return tuple(
        Line(
            line_id=number,
            price=draw(st.integers(0, 99_999)),
            quantity=draw(st.integers(1, 4)),
            discounts=tuple(draw(st.lists(small, max_size=2))),
            taxes=tuple(draw(st.lists(small, max_size=2))),
            is_taxable=draw(st.booleans()),
            is_gift_card=draw(st.booleans()),
            product_id=draw(st.sampled_from([None, 70, 71])),
            variant_id=draw(st.sampled_from([None, 700])),
            sku=draw(st.sampled_from([None, "", "MUG", "CAP"])),
        )
        for number in range(1, draw(st.integers(0, 4)) + 1)
    )


@st.composite
def refunds(draw: st.DrawFn, of: tuple[Line, ...]) -> tuple[Back, ...]:
    """Refunds that take back no more pieces than there were."""
    left = {line.line_id: line.quantity for line in of}
    made = []
    for number in range(draw(st.integers(0, 3))):
        back = []
        for line in of:
            quantity = draw(st.integers(0, left[line.line_id]))
            left[line.line_id] -= quantity
            if quantity and draw(st.booleans()):
                part = draw(st.integers(0, line.price * quantity))
                back.append(BackLine(line.line_id, quantity, part, draw(st.integers(0, 500))))
        shipping = draw(st.integers(0, 900))
        made.append(
            Back(
                refund_id=900 + number,
                lines=tuple(back),
                shipping=shipping,
                shipping_tax=draw(st.integers(0, 90)) if shipping else 0,
                more=draw(st.integers(-300, 300)),
                status=draw(st.sampled_from(["success", "success", "pending", "failure"])),
            )
        )
    return tuple(made)


@st.composite
def shop_orders(draw: st.DrawFn) -> ShopOrder:
    its_lines = draw(lines())
    order = ShopOrder(
        lines=its_lines,
        refunds=draw(refunds(its_lines)),
        shipping_taxes=tuple(draw(st.lists(st.integers(0, 200), max_size=2))),
        status=draw(
            st.sampled_from(
                ["pending", "authorized", "partially_paid", "paid", "partially_refunded", "voided"]
            )
        ),
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        foreign=draw(st.sampled_from([None, None, "USD"])),
        taxes_included=draw(st.booleans()),
        total=draw(st.integers(0, 999_999)),
        outstanding=draw(st.integers(0, 9_999)),
        current_tax=draw(st.integers(0, 2_000)),
        customer_id=draw(st.sampled_from([None, 7])),
        email=draw(st.sampled_from([None, "Ana@Example.com "])),
        codes=tuple(draw(st.lists(st.sampled_from(["SUMMER", "ana-7"]), max_size=2))),
        attributes=draw(st.sampled_from([{}, {"regulars_ref": "r-7"}, {"gift": "x", "regulars_ref": "r"}])),
        updated_after_s=draw(st.integers(0, 500)),
        is_cancelled=draw(st.booleans()),
        is_closed=draw(st.booleans()),
        is_test=draw(st.booleans()),
    )
    edited = tuple(
        replace(line, edited_away=draw(st.integers(0, line.quantity - order.gone_back(line))))
        for line in its_lines
    )
    return replace(order, lines=edited)


@given(shop_orders())
def test_a_fetched_and_a_delivered_order_are_worth_the_same(order: ShopOrder) -> None:
    ours, theirs = fetched(order), delivered(order)
    for text in (SMALLEST_PROGRAM, PICKY_PROGRAM):
        program = read_program(text, order.currency)
        assert worth(ours.snapshot, program) == worth(theirs.snapshot, program)
    assert ours.email == theirs.email


@given(shop_orders())
def test_they_are_one_snapshot_unless_webhooks_tell_a_refund_less_exactly(order: ShopOrder) -> None:
    # They leave out the tax of refunded shipping, and tell money moved in a foreign currency in that alone.
    told_less = any(
        refund.shipping_tax and (order.foreign or refund.status != "success") for refund in order.refunds
    )
    ours, theirs = fetched(order).snapshot, delivered(order).snapshot
    if told_less or order.foreign:
        ours, theirs = replace(ours, refunds=()), replace(theirs, refunds=())
    assert ours == theirs


def test_the_same_goes_for_an_order_fetched_over_the_network(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.put(RICH)
    message = _told(normalize(shop.fetch_order(str(RICH.order_id), NOW)))
    assert message.snapshot == delivered(RICH).snapshot == fetched(RICH).snapshot


def test_gone_and_hidden_orders_are_told_apart() -> None:
    assert normalize(gone_body("42", NOW)) == OrderGone("42", is_certain=True, observed_at=NOW)
    assert normalize(hidden_body("42", "too old to be seen", NOW)) == Irrelevant("too old to be seen")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"asked_at": "2026-12-01T12:00:00+00:00"}',
        b'{"asked_at": "2026-12-01T12:00:00", "gone": "42"}',
        b'{"asked_at": "2026-12-01T12:00:00+00:00", "gone": "x"}',
        b'{"asked_at": "2026-12-01T12:00:00+00:00", "order": null}',
    ],
)
def test_a_body_nobody_can_read_is_a_dead_letter(body: bytes) -> None:
    with pytest.raises(BadDelivery):
        normalize(body)


def test_a_fetched_order_without_a_readable_date_is_not_fetched_again() -> None:
    with pytest.raises(BadDelivery, match="readable date"):
        normalize(order_body(graphql(RICH) | {"updatedAt": "yesterday"}, NOW))


@given(st.data())
def test_whatever_is_wrong_with_a_body_is_a_dead_letter_and_nothing_worse(data: st.DataObject) -> None:
    stored = json.loads(order_body(graphql(RICH), NOW))
    holder, name = data.draw(st.sampled_from(list(_spots(stored))))
    junk: st.SearchStrategy[Any] = st.sampled_from(
        [None, True, 7, -1, 10**30, 1.5, "", "x", "\ud800\x00", [], [None], {}, "∞"]
    )
    holder[name] = data.draw(junk)
    try:
        message = normalize(json.dumps(stored).encode())
    except BadDelivery:
        return
    assert isinstance(message, OrderTold | OrderGone | Irrelevant)


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a nest of objects and lists."""
    for name in value if isinstance(value, dict) else range(len(value)):
        yield value, name
        if isinstance(value[name], (dict, list)):
            yield from _spots(value[name])
