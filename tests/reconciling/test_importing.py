"""Orders from before the store was connected are taken in: with the points of their time, or without."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.db import catch_ups
from core.jobs.reconcile import walk_on
from core.services.importing import ALL_ORDERS, begin_import
from core.services.terms import load_terms
from tests.reconciling.shopfront import Shopfront
from tests.world import SMALLEST_PROGRAM

NOTHING_FOR_IT = json.dumps({"earning": [], "pending_days": 0})


def begin(at: Shopfront, *, awards: bool, since: datetime = ALL_ORDERS) -> bool:
    with at.world.database.write(at.store.store_id) as db:
        return begin_import(db, load_terms(db, at.store), since, at.world.now, awards=awards)


def finish(at: Shopfront) -> None:
    """Go on as workers do, until the import is over."""
    while (row := at.walk(catch_ups.IMPORT)) is not None and row.since is not None:
        at.go_on()
        at.wait(seconds=2)


def past(at: Shopfront, orders: int, days: float = 30) -> list[str]:
    """Orders of a month before the store was connected."""
    at.rig.wait(hours=-24 * days)
    placed = []
    for _ in range(orders):
        placed.append(at.order())
        at.rig.wait(hours=1)
    at.rig.wait(hours=24 * days - orders)
    at.lose_the_post()
    return placed


def test_without_points_they_are_known_and_refunds_of_them_cost_nobody_anything(at: Shopfront) -> None:
    kept, refunded = past(at, 2)
    begin(at, awards=False)
    finish(at)
    assert at.points(kept, refunded) == [0, 0]
    at.wait(days=1)
    at.rig.refund_half(refunded)
    fresh = at.order()
    at.deliver()
    assert at.points(kept, refunded) == [0, 0]
    assert at.points(fresh) != [0]


def test_with_points_they_earn_what_the_program_of_their_time_gave(at: Shopfront) -> None:
    early, late = past(at, 1, days=30)[0], past(at, 1, days=10)[0]
    double = SMALLEST_PROGRAM.replace('"points": 1', '"points": 2')
    at.world.apply(at.store, double, at.world.now - timedelta(days=20))
    begin(at, awards=True)
    finish(at)
    single, doubled = at.points(early, late)
    assert single > 0
    assert doubled in {2 * single, 2 * single + 1}


def test_an_old_order_told_of_before_the_import_reaches_it_earns_nothing_either(at: Shopfront) -> None:
    old = past(at, 1)[0]
    begin(at, awards=False)
    at.rig.refund_half(old)
    at.deliver()
    assert at.points(old) == [0]
    finish(at)
    assert at.points(old) == [0]


def test_orders_placed_before_the_day_asked_for_are_left_alone(at: Shopfront) -> None:
    early, late = past(at, 1, days=30)[0], past(at, 1, days=10)[0]
    begin(at, awards=True, since=at.world.now - timedelta(days=20))
    finish(at)
    assert at.points(early) == [0]
    assert at.points(late) != [0]


def test_what_was_settled_before_keeps_its_points(at: Shopfront) -> None:
    known = at.order()
    at.deliver()
    [points] = at.points(known)
    begin(at, awards=False)
    finish(at)
    assert at.points(known) == [points]


def test_a_program_applied_after_an_import_that_found_nothing_counts_from_then_on(
    at: Shopfront,
) -> None:
    begin(at, awards=False)
    finish(at)
    at.world.apply(at.store, NOTHING_FOR_IT)
    at.wait(hours=1)
    ordered = at.order()
    at.deliver()
    assert at.points(ordered) == [0]


def test_it_goes_on_where_it_was_killed_and_asks_for_nothing_twice(birch: Shopfront) -> None:
    placed = past(birch, 250)
    begin(birch, awards=True)
    reached: list[str] = []

    def die(name: str) -> None:
        reached.append(name)
        if name == "reconcile.committed":
            raise KeyboardInterrupt

    alive, birch.world.env = birch.world.env, replace(birch.world.env, reach=die)
    with pytest.raises(KeyboardInterrupt):
        birch.go_on()
    birch.world.env = alive
    assert not begin(birch, awards=True)
    row = birch.walk(catch_ups.IMPORT)
    assert row is not None
    assert (row.seen_orders, row.left_orders) == (100, 150)
    birch.wait(minutes=6)
    birch.calls.clear()
    finish(birch)
    assert birch.calls.count("list_past_orders any") == 2
    assert len(birch.world.entries(birch.store)) == len(placed)


def test_while_deliveries_wait_it_rests(birch: Shopfront) -> None:
    past(birch, 130)
    birch.order()
    begin(birch, awards=True)
    birch.send()
    birch.calls.clear()
    walk_on(birch.world.env, birch.store.store_id)
    assert birch.calls == ["list_past_orders any"]
    walk_on(birch.world.env, birch.store.store_id)
    assert birch.calls == ["list_past_orders any"]
    birch.settle()
    birch.wait(seconds=2)
    birch.go_on()
    assert birch.calls == ["list_past_orders any", "list_past_orders any"]
