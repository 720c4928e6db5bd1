"""The stand-in's webhooks: what is told, when, once, and what the adapter makes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from core.domain.platform import ConnectionBroken, Delivery, Irrelevant, Message, OrderGone, OrderTold
from integrations.woocommerce import PLATFORM
from sandbox.woocommerce import coupons, orders, outbox, webhooks
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.deliveries import next_sending, ping
from sandbox.woocommerce.outbox import Outbox, Sending, Webhook
from sandbox.woocommerce.store import Order
from tests.fakes.birch import ANA, NOW, Birch, birch

SECRET = "schlüssel"
TOPICS = (
    *("order.created", "order.updated", "order.deleted", "order.restored"),
    "action.woocommerce_delete_order",
)


@pytest.fixture
def opened() -> Birch:
    opened = birch()
    for topic in TOPICS:
        hook(opened, topic)
    return opened


def hook(opened: Birch, topic: str) -> Webhook:
    fields = {"topic": topic, "delivery_url": "https://regulars.example/x", "secret": SECRET}
    return webhooks.create(opened.store, fields, NOW)


def an_order(opened: Birch, *codes: str, method: str = "card") -> Order:
    basket = Basket(((opened.mug.product_id, 1),), ANA, codes=codes)
    return place_order(opened.store, basket, NOW, payment_method=method)


def sendings(opened: Birch, status: int | None = 200) -> list[Sending]:
    """Everything that is due, each answered with `status`."""
    opened.store.outbox.visit(NOW)
    sent = []
    while sending := next_sending(opened.store, NOW):
        sent.append(sending)
        outbox.answered(opened.store.webhooks[sending.webhook_id], status)
    return sent


def told(sending: Sending) -> tuple[str, Message]:
    """Topic and meaning, as the adapter reads them after it proved the signature."""
    delivery = Delivery(sending.body, {name.lower(): value for name, value in sending.headers.items()})
    PLATFORM.verify(delivery, (SECRET,))
    topic = PLATFORM.label(delivery).topic
    return topic, PLATFORM.normalize(topic, sending.body, NOW)


def topics(sent: list[Sending]) -> list[str]:
    return [sending.headers["X-WC-Webhook-Topic"] for sending in sent]


def body(sending: Sending) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(sending.body)
    return parsed


def test_an_order_with_a_code_arrives_signed_and_names_the_code(opened: Birch) -> None:
    coupons.create(opened.store, {"code": "ANA-7Q2M", "amount": "300"}, NOW)
    order = an_order(opened, "Ana-7Q2M")
    updated, created = sendings(opened)
    assert (topics([updated, created]), updated.body) == (["order.updated", "order.created"], created.body)
    _, message = told(created)
    assert isinstance(message, OrderTold)
    assert message.snapshot.discount_codes == ("ana-7q2m",)
    assert message.snapshot.order_ref == str(order.order_id)
    assert [line.net_minor for line in message.snapshot.lines] == [1091]
    assert message.email == ANA


def test_changes_in_a_row_are_told_once_as_things_stand_when_it_is_sent(opened: Birch) -> None:
    order = an_order(opened)
    orders.set_status(opened.store, order.order_id, "completed", NOW)
    orders.set_status(opened.store, order.order_id, "completed", NOW)
    sent = sendings(opened)
    assert topics(sent) == ["order.updated", "order.created"]
    assert {body(sending)["status"] for sending in sent} == {"completed"}
    orders.set_status(opened.store, order.order_id, "completed", NOW)
    assert topics(sendings(opened)) == ["order.updated"]


def test_an_order_deleted_before_it_was_told_of_is_told_as_an_error(opened: Birch) -> None:
    order = an_order(opened)
    orders.delete(opened.store, order.order_id)
    sent = sendings(opened)
    assert topics(sent) == ["order.updated", "order.created", "action.woocommerce_delete_order"]
    messages = [told(sending)[1] for sending in sent]
    assert [type(message) for message in messages] == [Irrelevant, Irrelevant, OrderGone]


def test_the_bin_is_told_and_the_way_out_of_it_only_by_hand(opened: Birch) -> None:
    order = an_order(opened)
    sendings(opened)
    orders.trash(opened.store, order.order_id, NOW)
    orders.set_status(opened.store, order.order_id, "completed", NOW)
    [deleted] = sendings(opened)
    assert (deleted.body, deleted.headers["X-WC-Webhook-Topic"]) == (
        f'{{"id":{order.order_id}}}'.encode(),
        "order.deleted",
    )
    orders.trash(opened.store, order.order_id, NOW)
    orders.restore(opened.store, order.order_id, NOW)
    assert topics(sendings(opened)) == ["order.deleted", "order.restored"]


def test_a_refund_is_told_with_its_total_and_its_deletion_not_at_all(opened: Birch) -> None:
    order = an_order(opened)
    sendings(opened)
    back = orders.Back(order.lines[0].line_id, 1, 1000, 100)
    made = orders.refund(opened.store, order.order_id, 1100, NOW, [back], "broken")
    [sending] = sendings(opened)
    assert body(sending)["refunds"] == [
        {"id": made.refund_id, "reason": "broken", "total": "-1100", "total_tax": "-100"}
    ]
    modified_at = order.modified_at
    orders.delete_refund(opened.store, order.order_id, made.refund_id)
    assert (sendings(opened), order.modified_at) == ([], modified_at)


def test_all_of_the_money_back_makes_an_order_refunded(opened: Birch) -> None:
    order = an_order(opened)
    orders.refund(opened.store, order.order_id, 1000, NOW)
    assert order.status == "processing"
    orders.refund(opened.store, order.order_id, 1050, NOW)
    assert order.status == "refunded"


def test_orders_of_one_second_carry_one_delivery_id(opened: Birch) -> None:
    an_order(opened)
    an_order(opened)
    ids = {(sending.webhook_id, sending.headers["X-WC-Webhook-Delivery-ID"]) for sending in sendings(opened)}
    assert len(ids) == 2
    assert outbox.delivery_id(1, NOW) == outbox.delivery_id(1, NOW + timedelta(milliseconds=900))
    assert outbox.delivery_id(1, NOW) != outbox.delivery_id(1, NOW + timedelta(seconds=1))


def test_the_seventh_failure_in_a_row_disables_and_nothing_is_tried_again(opened: Birch) -> None:
    created = next(one for one in opened.store.webhooks.values() if one.topic == "order.created")
    for failures in range(1, 8):
        assert created.status == "active"
        an_order(opened)
        assert len(sendings(opened, status=503 if failures % 2 else None)) == 2
        assert sendings(opened) == []
    assert created.status == "disabled"
    an_order(opened)
    assert sendings(opened) == []


def test_a_webhook_switched_on_again_is_disabled_by_the_next_failure(opened: Birch) -> None:
    for _ in range(7):
        an_order(opened)
        sendings(opened, 500)
    for webhook in opened.store.webhooks.values():
        webhooks.update(opened.store, webhook.webhook_id, {"status": "active"})
    an_order(opened)
    sendings(opened, 500)
    created = next(one for one in opened.store.webhooks.values() if one.topic == "order.created")
    assert created.status == "disabled"
    webhooks.update(opened.store, created.webhook_id, {"status": "active"})
    an_order(opened)
    sendings(opened, 200)
    assert created.failures == 0


@pytest.mark.parametrize(
    ("status", "failures"),
    [(200, 0), (204, 0), (301, 0), (302, 0), (307, 1), (404, 1), (410, 1), (429, 1), (500, 1), (None, 1)],
)
def test_a_redirect_counts_as_a_success(status: int | None, failures: int) -> None:
    webhook = Webhook(1, "x", "order.created", "https://x.example", "s", NOW)
    outbox.answered(webhook, status)
    assert webhook.failures == failures


def test_nothing_is_sent_before_somebody_visits_and_a_run_ends() -> None:
    queue = Outbox(run_every=timedelta(minutes=1))
    for order_id in range(40):
        queue.queue(1, order_id)
    assert queue.take(NOW) is None
    queue.visit(NOW)
    sent = 0
    while queue.take(NOW + timedelta(seconds=sent)) is not None:
        sent += 1
    assert sent == 27
    queue.visit(NOW + timedelta(seconds=59))
    assert queue.take(NOW + timedelta(seconds=59)) is None
    queue.visit(NOW + timedelta(seconds=60))
    assert queue.take(NOW + timedelta(seconds=60)) == (1, 27)


def test_a_demoted_owner_makes_every_delivery_a_signed_error(opened: Birch) -> None:
    opened.store.owner_status = 403
    an_order(opened)
    assert {type(told(sending)[1]) for sending in sendings(opened)} == {ConnectionBroken}


def test_a_ping_is_a_form_without_a_signature(opened: Birch) -> None:
    sent = ping(hook(opened, "order.created"))
    delivery = Delivery(sent.body, {name.lower(): value for name, value in sent.headers.items()})
    assert PLATFORM.is_ping(delivery)


def test_money_at_the_door_is_paid_when_the_order_is_completed(opened: Birch) -> None:
    order = an_order(opened, method="cod")
    assert (order.status, order.paid_at) == ("processing", None)
    orders.set_status(opened.store, order.order_id, "completed", NOW)
    assert order.paid_at == NOW
    awaited = an_order(opened, method="bacs")
    assert awaited.status == "on-hold"
    orders.set_status(opened.store, awaited.order_id, "processing", NOW)
    assert awaited.paid_at == NOW
