"""Entries are added up by day, each once, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.db import days
from core.domain.days import DaySum
from core.domain.stores import Store
from core.jobs.beat import TICKS, stores_due
from core.jobs.bell import DAYS
from core.jobs.days import add_up_days
from core.services import adding_up
from core.services.adding_up import add_up, days_since
from tests.payloads import a_refund, an_order
from tests.world import World

TODAY = date(2026, 12, 1)
LONG_AGO = date(2026, 1, 1)


def kept(world: World, store: Store) -> dict[date, DaySum]:
    with world.database.read(store.store_id) as db:
        return days.since(db, store.store_id, LONG_AGO)


def seen(world: World, store: Store) -> dict[date, DaySum]:
    with world.database.read(store.store_id) as db:
        return days_since(db, store, LONG_AGO).by_day


def due(world: World) -> list[int]:
    return stores_due(world.env, next(one for one in TICKS if one.job == DAYS))


def test_what_is_added_up_and_what_is_not_yet_are_seen_together(world: World) -> None:
    birch, acorn = world.connect("Birch"), world.connect("Acorn")
    world.tell(birch, an_order())
    world.tell(acorn, an_order(net="10.00"))
    assert seen(world, birch) == {TODAY: DaySum(orders=1, earned_points=49)}
    assert kept(world, birch) == {}

    world.wait(minutes=11)
    assert due(world) == sorted([birch.store_id, acorn.store_id])
    assert add_up_days(world.env, birch.store_id) == 1
    world.tell(birch, an_order(minute=5, refunds=[a_refund("10.00")]))
    assert kept(world, birch) == {TODAY: DaySum(orders=1, earned_points=49)}
    assert seen(world, birch) == {TODAY: DaySum(orders=1, earned_points=49, revoked_points=10)}
    assert due(world) == [acorn.store_id]
    assert kept(world, acorn) == {}


def test_an_entry_that_might_still_be_joined_by_others_is_left_for_later(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    assert add_up_days(world.env, birch.store_id) == 0
    assert due(world) == []


def test_each_entry_is_added_once_however_often_and_in_whatever_portions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding_up, "PORTION", 2)
    birch = world.connect()
    for number in range(1, 6):
        world.tell(birch, an_order(number, "10.00"))
        world.wait(days=1)
    expected = seen(world, birch)
    assert add_up_days(world.env, birch.store_id) == 5
    assert add_up_days(world.env, birch.store_id) == 0
    assert kept(world, birch) == expected == seen(world, birch)
    assert [one.orders for one in expected.values()] == [1] * 5


def test_of_two_at_once_one_does_it(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    world.wait(hours=1)
    add_up_days(world.env, birch.store_id)
    world.tell(birch, an_order(2, "10.00"))
    world.wait(hours=1)
    with world.database.write(birch.store_id) as db:
        place = days.place_of(db, birch.store_id)
        assert place is not None
        assert days.move_place(db, birch.store_id, place.entry_id, place.entry_id + 1)
        assert not days.move_place(db, birch.store_id, place.entry_id, place.entry_id + 1)


def test_by_another_clock_all_is_added_up_anew(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    world.wait(hours=1)
    add_up_days(world.env, birch.store_id)
    at_auckland = replace(birch, zone=ZoneInfo("Pacific/Auckland"))
    tomorrow = TODAY + timedelta(days=1)
    assert list(seen(world, at_auckland)) == [tomorrow]
    with world.database.write(birch.store_id) as db:
        assert add_up(db, at_auckland, world.now) == 1
    assert list(kept(world, birch)) == [tomorrow]


def test_a_page_looks_at_so_many_entries_and_says_when_there_are_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding_up, "LOOKED_AT_MOST", 2)
    birch = world.connect()
    for number in range(1, 4):
        world.tell(birch, an_order(number, "10.00"))
    with world.database.read(birch.store_id) as db:
        told = days_since(db, birch, LONG_AGO)
    assert told.is_least
    assert told.by_day[TODAY].orders == 2
