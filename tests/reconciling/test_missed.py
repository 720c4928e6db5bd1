"""Whatever webhooks do not tell, one look at the store finds: every point is right afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.db import catch_ups, leases, stores
from core.jobs.reconcile import reconcile
from core.services.reconciling import soon
from tests.contract.rig import Trouble
from tests.reconciling.shopfront import Shopfront


class Killed(BaseException):
    """The process is gone: nothing after this point of it happens."""


def worth(at: Shopfront) -> int:
    """Points for an order of two of a kind, tax and shipping left out."""
    told = at.order()
    at.deliver()
    return at.points(told)[0]


def test_after_two_days_of_missed_webhooks_one_look_makes_every_point_right(at: Shopfront) -> None:
    full = worth(at)
    told = at.rig.newest_order()
    at.wait(hours=1)
    kept, halved, cancelled = at.order(), at.order(), at.order("finn")
    at.wait(days=1)
    at.rig.refund_half(halved)
    at.rig.cancel(cancelled)
    at.rig.refund_half(told)
    at.wait(days=1)
    assert at.points(told, kept, halved, cancelled) == [full, 0, 0, 0]
    at.lose_the_post()
    at.look()
    assert at.points(told, kept, halved, cancelled) == [full // 2, full, full // 2, 0]
    before = len(at.world.entries(at.store))
    at.look()
    assert len(at.world.entries(at.store)) == before


def test_what_was_found_and_is_told_late_all_the_same_changes_nothing(at: Shopfront) -> None:
    ordered = at.order()
    at.wait(hours=1)
    at.look()
    [points] = at.points(ordered)
    assert points > 0
    at.deliver()
    assert at.world.points(at.store, ordered) == [points]


def test_a_quiet_store_costs_one_call_for_each_list_and_no_write(at: Shopfront) -> None:
    worth(at)
    at.look()
    for _ in range(3):
        at.wait(hours=1)
        at.calls.clear()
        before, rows = at.walk(), at.fetched()
        at.look()
        assert at.calls == [f"list_orders {which}" for which in at.rig.platform.order_lists]
        assert (at.walk(), at.fetched()) == (before, rows)


def test_a_store_without_any_order_is_begun_at_the_moment_it_was_connected(at: Shopfront) -> None:
    at.wait(days=3)
    at.look()
    assert at.walk() is None
    ordered = at.order()
    at.look()
    assert at.points(ordered) != [0]


def test_what_the_store_saved_late_behind_the_newest_order_is_found(at: Shopfront) -> None:
    at.wait(minutes=5)
    late = at.order()
    at.wait(minutes=5)
    order = at.rig.store.orders.pop(int(late))  # type: ignore[attr-defined]
    at.order()
    at.look()
    assert at.points(late) == [0]
    at.rig.store.orders[int(late)] = order  # type: ignore[attr-defined]
    at.look()
    assert at.points(late) != [0]


@pytest.mark.parametrize("point", ["reconcile.read", "reconcile.before_commit", "reconcile.committed"])
def test_killed_in_the_middle_it_goes_on_where_it_was_stored(at: Shopfront, point: str) -> None:
    ordered: list[str] = []
    for _ in range(45):
        ordered.append(at.order())
        at.wait(minutes=1)
    reached: list[str] = []

    def die(name: str) -> None:
        reached.append(name)
        if reached.count(point) == 2 or (point != "reconcile.read" and reached.count(point) == 1):
            raise Killed

    alive, at.world.env = at.world.env, replace(at.world.env, reach=die)
    with pytest.raises(Killed):
        reconcile(at.world.env, at.store.store_id)
    at.world.env = alive
    at.wait(minutes=6)
    at.go_on()
    while (row := at.walk()) is None or row.since is not None:
        at.wait(seconds=2)
        at.look()
    assert 0 not in at.points(*ordered)
    assert len(at.world.entries(at.store)) == len(ordered)
    # What was stored before the end was not asked for again.
    again = len(at.calls)
    at.look()
    assert len(at.calls) - again == len(at.rig.platform.order_lists)


def test_a_store_in_trouble_loses_nothing_but_time(at: Shopfront) -> None:
    ordered = at.order()
    at.wait(hours=1)
    at.rig.fail(Trouble.SERVER_ERROR)
    at.look()
    assert at.points(ordered) == [0]
    at.look()
    assert at.points(ordered) != [0]


def test_dead_keys_are_told_of_and_new_ones_make_it_look_at_once(at: Shopfront) -> None:
    ordered = at.order()
    at.wait(hours=1)
    at.has_dead_keys = True
    at.look()
    assert at.world.notices(at.store) == ["connection_broken"]
    at.has_dead_keys = False
    at.wait(hours=1)
    at.go_on()
    assert at.points(ordered) != [0]
    assert at.world.notices(at.store) == []


def test_whoever_missed_webhooks_can_have_it_look_from_a_moment_on(at: Shopfront) -> None:
    early = at.order()
    at.wait(days=2)
    at.order()
    at.look()
    with at.world.database.write(at.store.store_id) as db:
        assert catch_ups.stores_with_due(db, at.world.now) == []
        soon(db, at.store.store_id, at.world.now, at.world.now)
        assert catch_ups.stores_with_due(db, at.world.now) == [at.store.store_id]
    at.calls.clear()
    at.go_on()
    assert len(at.calls) == len(at.rig.platform.order_lists)
    assert at.points(early) != [0]


def test_in_a_store_whose_looks_found_nothing_yet_what_was_missed_is_looked_for_from_its_connection_on(
    at: Shopfront,
) -> None:
    at.wait(hours=3)
    at.look()
    assert at.walk() is None
    ordered = at.order()
    at.lose_the_post()
    at.wait(days=2)
    with at.world.database.write(at.store.store_id) as db:
        soon(db, at.store.store_id, at.world.now, at.world.now)
    at.go_on()
    assert at.points(ordered) != [0]


@pytest.mark.parametrize("looks_before", [0, 1])
def test_who_asks_while_a_walk_is_under_way_is_not_forgotten(at: Shopfront, looks_before: int) -> None:
    for _ in range(looks_before):
        at.order()
        at.look()
    at.wait(hours=1)
    at.order()
    at.wait(hours=1)
    asked: list[str] = []

    def ask(name: str) -> None:
        if name == "reconcile.read" and not asked:
            asked.append(name)
            with at.world.database.write(at.store.store_id) as db:
                soon(db, at.store.store_id, at.world.now, at.world.now)

    alive, at.world.env = at.world.env, replace(at.world.env, reach=ask)
    reconcile(at.world.env, at.store.store_id)
    at.world.env = alive
    row = at.walk()
    assert row is not None
    assert row.since is not None
    at.go_on()
    assert (at.walk() or row).since is None


def test_while_somebody_else_calls_the_store_it_is_left_alone_and_looked_through_later(at: Shopfront) -> None:
    ordered = at.order()
    at.wait(hours=1)
    with at.world.database.write(at.store.store_id) as db:
        lease = leases.acquire(db, at.store.store_id, stores.OUTSIDE, "another", at.world.now, lambda: 1)
    assert at.look() == 0
    assert at.calls == []
    assert lease is not None
    with at.world.database.write(at.store.store_id) as db:
        leases.release(db, lease)
        assert catch_ups.stores_with_due(db, at.world.now) == [at.store.store_id]
    at.go_on()
    assert at.points(ordered) != [0]
    assert (row := at.walk()) is not None
    assert row.since is None
