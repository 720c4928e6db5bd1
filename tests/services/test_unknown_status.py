"""Statuses that say nothing about payment, and that the program does not name either."""

from __future__ import annotations

from itertools import permutations

import pytest

from core.domain.stores import Store
from tests.payloads import an_order, body_of
from tests.world import World

PAID = an_order()
EDITED = an_order(net="39.95", minute=1)
ON_ITS_WAY = an_order(net="5.00", minute=2, status="on-its-way", date_paid_gmt=None)


def in_the_end(world: World, store: Store) -> int:
    """Σ entries."""
    return sum(world.points(store))


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("told", list(permutations((PAID, EDITED, ON_ITS_WAY))))
def test_they_change_nothing_whenever_they_are_told(
    sqlite_world: World, told: tuple[dict[str, object], ...], one_by_one: bool
) -> None:
    store = sqlite_world.connect()
    for order in told:
        sqlite_world.post(store, body_of(order))
        if one_by_one:
            sqlite_world.drain(store)
    sqlite_world.drain(store)
    assert in_the_end(sqlite_world, store) == 39
    assert sqlite_world.inbox(store) == {"done": 3}


def test_the_merchant_is_told_while_such_a_status_is_the_latest(world: World) -> None:
    store = world.connect()
    world.tell(store, ON_ITS_WAY)
    assert world.notices(store) == ["unknown_status"]
    assert world.points(store) == []


def test_the_merchant_is_not_told_of_one_that_passed(world: World) -> None:
    store = world.connect()
    world.tell(store, an_order(minute=3))
    world.tell(store, ON_ITS_WAY)
    assert world.notices(store) == []


def test_an_order_settles_once_its_status_says_something(world: World) -> None:
    store = world.connect()
    world.tell(store, ON_ITS_WAY)
    world.tell(store, an_order(minute=3, status="completed"))
    assert world.points(store) == [49]
