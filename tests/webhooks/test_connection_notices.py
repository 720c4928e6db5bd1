"""A store whose keys were taken away says so, signed, in place of orders: the merchant must hear of it."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.stores import Store
from tests.payloads import an_order, body_of
from tests.world import World


def refusal(status: int, code: str = "woocommerce_rest_cannot_view") -> bytes:
    return body_of({"code": code, "message": "Sorry, you cannot view this.", "data": {"status": status}})


def deliver(world: World, store: Store, *bodies: bytes, topic: str = "order.updated") -> None:
    """Deliver all in one batch."""
    for body in bodies:
        assert world.post(store, body, topic) == 200
    world.drain(store)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_delivery_raises_one_notice_and_is_ignored(installation: World, status: int) -> None:
    store = installation.birch()
    deliver(installation, store, refusal(status), refusal(status))
    deliver(installation, store, refusal(status))

    assert installation.notices(store) == ["connection_broken"]
    assert installation.inbox(store) == {"ignored": 3}


def test_the_next_order_that_comes_through_clears_the_notice(installation: World) -> None:
    store = installation.birch()
    deliver(installation, store, refusal(403))
    deliver(installation, store, body_of(an_order()))

    assert installation.notices(store) == []
    assert installation.points(store) == [49]


def test_within_one_batch_the_last_word_counts(installation: World) -> None:
    store = installation.birch()
    deliver(installation, store, body_of(an_order(1)), refusal(401))
    assert installation.notices(store) == ["connection_broken"]

    deliver(installation, store, refusal(401), body_of(an_order(2)))
    assert installation.notices(store) == []


def test_a_deletion_comes_through_a_broken_connection_and_clears_nothing(installation: World) -> None:
    store = installation.birch()
    deliver(installation, store, refusal(403))
    deliver(installation, store, b'{"id":1042}', topic="order.deleted")

    assert installation.notices(store) == ["connection_broken"]


def test_a_dead_delivery_and_a_topic_for_nobody_clear_nothing(installation: World) -> None:
    store = installation.birch()
    deliver(installation, store, refusal(403))
    deliver(installation, store, b"not JSON")
    deliver(installation, store, b"{}", topic="coupon.updated")

    assert installation.notices(store) == ["connection_broken"]


def test_an_order_that_was_gone_before_it_was_told_of_is_no_broken_connection(installation: World) -> None:
    store = installation.birch()
    deliver(installation, store, refusal(404, "woocommerce_rest_shop_order_invalid_id"))

    assert installation.notices(store) == []
    assert installation.inbox(store) == {"ignored": 1}


def test_a_status_that_says_nothing_about_payment_is_shown_once_and_changes_nothing(
    installation: World,
) -> None:
    store = installation.birch()
    deliver(installation, store, body_of(an_order()))
    unpaid: dict[str, Any] = {"status": "picking", "date_paid_gmt": None}
    deliver(installation, store, body_of(an_order(minute=1, **unpaid)), body_of(an_order(2, **unpaid)))

    assert installation.notices(store) == ["unknown_status"]
    assert installation.points(store) == [49]
