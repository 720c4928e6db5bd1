"""A store that answers slowly costs no work: what was read is stored before a worker's time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from rq.timeouts import JobTimeoutException

from core.jobs.reconcile import reread
from tests.reconciling.shopfront import Shopfront


class Slow:
    """Each order takes its time to come."""

    def __init__(self, at: Shopfront, shop: object, seconds: int) -> None:
        self._at, self._shop, self._seconds = at, shop, seconds

    def __getattr__(self, name: str) -> object:
        return getattr(self._shop, name)

    def fetch_order(self, order_ref: str, asked_at: datetime) -> object:
        self._at.world.wait(seconds=self._seconds)
        return self._shop.fetch_order(order_ref, asked_at)  # type: ignore[attr-defined]


class OutOfTime(Slow):
    """The worker's time ends while an order is on its way."""

    def fetch_order(self, order_ref: str, asked_at: datetime) -> object:
        self._shop.fetch_order(order_ref, asked_at)  # type: ignore[attr-defined]
        raise JobTimeoutException("Task exceeded maximum timeout value (300 seconds)")


def deleted_without_a_word(birch: Shopfront, number: int) -> list[str]:
    many = [birch.order() for _ in range(number)]
    birch.deliver()
    birch.wait(days=1)
    for one in many:
        del birch.rig.store.orders[int(one)]  # type: ignore[attr-defined]
    birch.calls.clear()
    return many


@pytest.mark.parametrize(("seconds", "orders"), [(25, 1), (6, 3)])
def test_what_a_slow_store_told_is_stored_within_seconds(birch: Shopfront, seconds: int, orders: int) -> None:
    deleted_without_a_word(birch, 22)
    asked: list[int] = []

    def note(name: str) -> None:
        if name == "reconcile.committed":
            asked.append(sum(call.startswith("fetch_order") for call in birch.calls))

    birch.world.env = replace(birch.world.env, reach=note)
    birch.between(lambda shop: Slow(birch, shop, seconds))
    reread(birch.world.env, birch.store.store_id)
    assert asked[0] == orders
    assert birch.fetched() == asked[-1]


def test_the_end_of_a_jobs_time_ends_the_walk_and_the_next_one_does_it_all(birch: Shopfront) -> None:
    many = deleted_without_a_word(birch, 5)
    birch.between(lambda shop: OutOfTime(birch, shop, 0))
    with pytest.raises(JobTimeoutException):
        reread(birch.world.env, birch.store.store_id)
    assert sum(call.startswith("fetch_order") for call in birch.calls) == 1
    birch.between(lambda shop: shop)
    birch.go_on()
    assert set(birch.points(*many)) == {0}
