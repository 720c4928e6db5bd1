"""The stand-in Shopify's webhooks: at least once, eight more times within four hours, never changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.shopify.outbox import Outbox
from tests.contract.shopify import a_store
from tests.world import NOW


@pytest.fixture
def outbox() -> Outbox:
    """With one thing to tell."""
    opened = a_store().outbox
    opened.put("orders/paid", {"id": 1}, NOW, "e1")
    return opened


def test_what_is_answered_is_not_sent_again(outbox: Outbox) -> None:
    (sending,) = outbox.due(NOW)
    outbox.answered(sending.webhook_id, 204, NOW)
    assert outbox.due(NOW + timedelta(days=1)) == []
    assert outbox.given_up == []


@pytest.mark.parametrize("status", [301, 401, 500, None])
def test_everything_but_a_2xx_is_tried_nine_times_within_four_hours(
    outbox: Outbox, status: int | None
) -> None:
    now, seen = NOW, []
    while outbox.waiting:
        for sending in outbox.due(now):
            seen.append((now - NOW, sending.webhook_id, sending.body, sending.triggered_at))
            outbox.answered(sending.webhook_id, status, now)
        now += timedelta(minutes=1)
    assert len(seen) == 9
    assert seen[-1][0] == timedelta(hours=4)
    assert len({one[1:] for one in seen}) == 1
    assert [sending.topic for sending in outbox.given_up] == ["orders/paid"]


def test_what_is_on_the_wire_is_not_sent_twice_until_five_seconds_are_over(outbox: Outbox) -> None:
    outbox.due(NOW)
    assert outbox.due(NOW + timedelta(seconds=5)) == []
    assert outbox.due(NOW + timedelta(seconds=6)) == []
    (again,) = outbox.due(NOW + timedelta(seconds=66))
    assert again.tries == 2


def test_an_answer_that_comes_too_late_changes_nothing(outbox: Outbox) -> None:
    (sending,) = outbox.due(NOW)
    outbox.due(NOW + timedelta(seconds=6))
    outbox.answered(sending.webhook_id, 200, NOW + timedelta(seconds=7))
    assert list(outbox.waiting) == [sending.webhook_id]


def test_topics_nobody_subscribed_to_are_not_told(outbox: Outbox) -> None:
    outbox.topics = frozenset({"orders/create"})
    outbox.put("orders/paid", {"id": 2}, NOW, "e2")
    assert len(outbox.due(NOW)) == 1


def test_one_happening_shares_its_event_and_every_webhook_has_an_id_of_its_own(outbox: Outbox) -> None:
    outbox.put("orders/updated", {"id": 1}, NOW, "e1")
    told = [outbox.headers(sending) for sending in outbox.due(NOW)]
    assert {headers["X-Shopify-Event-Id"] for headers in told} == {"e1"}
    assert len({headers["X-Shopify-Webhook-Id"] for headers in told}) == 2
    assert told[0]["X-Shopify-Triggered-At"] == "2026-12-01T12:00:00.000000000Z"
