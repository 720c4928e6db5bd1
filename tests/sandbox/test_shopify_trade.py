"""Orders of the stand-in Shopify: both its tongues say the same of them, and refunds come out to the cent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.orders import OrderSnapshot, Payment
from core.domain.platform import FETCHED_ORDER, Delivery, OrderTold, OrderUnclear
from integrations.shopify.adapter import Shopify
from integrations.shopify.fetched import order_body
from sandbox.shopify import trade
from sandbox.shopify.checkout import Cart
from sandbox.shopify.discounts import CodeDiscount
from sandbox.shopify.order_graphql import graphql
from sandbox.shopify.orders import ShopOrder
from sandbox.shopify.outbox import Sending
from sandbox.shopify.store import Store
from tests.contract.shopify import SECRET, a_store
from tests.world import NOW

MUG, BEANS, PAPERS = 7001, 7002, 7004
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def store() -> Store:
    """Acorn, with 5.00 off for everybody once."""
    opened = a_store()
    opened.discounts[1] = CodeDiscount(1, "FIVE", "Sale", starts_at=NOW, amount=500, usage_limit=1)
    return opened


def placed(store: Store, **changes: Any) -> ShopOrder:
    """Three mugs and beans, with the code."""
    return trade.place(store, Cart(((MUG, 3), (BEANS, 1)), ("FIVE",), 7), NOW, **changes)


def delivered(store: Store, sending: Sending) -> OrderSnapshot:
    headers = {name.lower(): value for name, value in store.outbox.headers(sending).items()}
    Shopify().verify(Delivery(sending.body, headers), (SECRET,))
    message = Shopify().normalize(sending.topic, sending.body, NOW)
    assert isinstance(message, OrderTold)
    return message.snapshot


def sent(store: Store) -> dict[str, Sending]:
    """What has happened since last asked, by topic."""
    due = store.outbox.due(LATER + timedelta(days=1))
    for sending in due:
        store.outbox.answered(sending.webhook_id, 200, LATER)
    return {sending.topic: sending for sending in due}


def fetched(order: ShopOrder) -> OrderSnapshot:
    message = Shopify().normalize(FETCHED_ORDER, order_body(graphql(order), NOW), NOW)
    assert isinstance(message, OrderTold)
    return message.snapshot


def test_every_state_of_an_order_is_told_alike_by_webhook_and_by_query(store: Store) -> None:
    order = placed(store, is_paid=False)
    mugs, beans = (line.line_id for line in order.lines)
    happenings: tuple[Callable[[], ShopOrder], ...] = (
        lambda: trade.pay(store, order.order_id, LATER),
        lambda: trade.take_off(store, order.order_id, beans, 1, LATER),
        lambda: trade.refund(store, order.order_id, {mugs: 1}, LATER, with_shipping=True),
        lambda: trade.cancel(store, order.order_id, LATER),
    )
    seen = [delivered(store, sent(store)["orders/create"])]
    assert seen[0] == fetched(order)
    for happen in happenings:
        happen()
        seen.append(delivered(store, sent(store)["orders/updated"]))
        assert seen[-1] == fetched(store.orders[order.order_id])
    assert [one.payment for one in seen] == [Payment.UNPAID, *[Payment.PAID] * 3, Payment.UNPAID]
    versions = [one.version for one in seen]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(
    ("happening", "topics"),
    [
        (None, {"orders/create", "orders/paid"}),
        ("refund", {"refunds/create", "orders/updated"}),
        ("cancel", {"refunds/create", "orders/cancelled", "orders/updated"}),
        ("take_off", {"orders/edited", "orders/updated"}),
    ],
)
def test_what_happens_is_told_under_its_topics(store: Store, happening: str | None, topics: set[str]) -> None:
    order = placed(store)
    if happening is not None:
        sent(store)
    line = order.lines[0].line_id
    if happening == "refund":
        trade.refund(store, order.order_id, {line: 1}, LATER)
    elif happening == "cancel":
        trade.cancel(store, order.order_id, LATER)
    elif happening == "take_off":
        trade.take_off(store, order.order_id, line, 1, LATER)
    told = sent(store)
    assert told.keys() == topics
    for topic in topics & {"refunds/create", "orders/edited"}:
        message = Shopify().normalize(topic, told[topic].body, NOW)
        assert isinstance(message, OrderUnclear)
        assert message.order_ref == str(order.order_id)


def test_pieces_given_back_one_by_one_come_to_what_was_paid_for_them(store: Store) -> None:
    order = placed(store)
    mugs = order.lines[0]
    paid = mugs.price * 3 - sum(mugs.discounts)
    for _ in range(3):
        trade.refund(store, order.order_id, {mugs.line_id: 1}, LATER)
    backs = [back.amount for back in store.orders[order.order_id].refunds]
    assert sum(backs) == paid
    assert max(backs) - min(backs) <= 1
    with pytest.raises(ValueError, match="not 1 pieces"):
        trade.refund(store, order.order_id, {mugs.line_id: 1}, LATER)


def test_a_full_refund_gives_back_all_that_was_paid_and_no_more(store: Store) -> None:
    order = placed(store)
    trade.refund(store, order.order_id, {order.lines[0].line_id: 2}, LATER)
    refunded = trade.refund_all(store, order.order_id, LATER)
    assert (refunded.status, refunded.given_back) == ("refunded", order.total)
    with pytest.raises(ValueError, match="not as much"):
        trade.refund_all(store, order.order_id, LATER)


def test_a_cancelled_order_has_nothing_left_and_does_not_give_its_code_back(store: Store) -> None:
    order = placed(store)
    trade.cancel(store, order.order_id, LATER)
    body = json.loads(sent(store)["orders/cancelled"].body)
    assert (body["current_total_price"], body["current_subtotal_price"]) == ("0.00", "0.00")
    assert body["total_price"] == f"{order.total / 100:.2f}"
    assert len(store.discounts[1].uses) == 1


def test_an_unpaid_order_that_is_cancelled_is_void(store: Store) -> None:
    order = placed(store, is_paid=False)
    cancelled = trade.cancel(store, order.order_id, LATER)
    assert (cancelled.status, cancelled.refunds) == ("voided", ())
    with pytest.raises(ValueError, match="not waiting"):
        trade.pay(store, order.order_id, LATER)


def test_a_guest_orders_without_an_account(store: Store) -> None:
    order = trade.place(store, Cart(((PAPERS, 1),), email="gus@example.com"), NOW)
    snapshot = delivered(store, sent(store)["orders/paid"])
    assert (snapshot.customer_ref, snapshot.gross_minor) == (None, 6_90 + 4_95)
    assert order.email == "gus@example.com"


def test_a_code_is_told_with_all_it_took_off_and_where(store: Store) -> None:
    placed(store)
    body = json.loads(sent(store)["orders/paid"].body)
    assert body["discount_codes"] == [{"code": "FIVE", "amount": "5.00", "type": "fixed_amount"}]
    told = [line["discount_allocations"][0]["amount"] for line in body["line_items"]]
    assert told == ["3.82", "1.18"]
    assert body["total_discounts"] == "5.00"


@pytest.mark.parametrize(
    ("sample", "topic"),
    [
        ("orders__paid.loyalty_code_amount", "orders/paid"),
        ("orders__updated.partly_refunded", "orders/updated"),
        ("refunds__create.partial_one_item", "refunds/create"),
    ],
)
def test_a_body_has_the_keys_that_shopifys_have(shared: Path, store: Store, sample: str, topic: str) -> None:
    order = placed(store)
    trade.refund(store, order.order_id, {order.lines[0].line_id: 1}, LATER)
    ours = json.loads(sent(store)[topic].body)
    folder = shared / "platforms" / "shopify" / "payloads" / "scenarios"
    theirs = json.loads((folder / f"{sample}.json").read_text("utf-8"))
    assert ours.keys() == theirs.keys()
    for name in {"line_items", "shipping_lines", "discount_codes", "discount_applications"} & ours.keys():
        if theirs[name]:
            assert ours[name][0].keys() == theirs[name][0].keys()
