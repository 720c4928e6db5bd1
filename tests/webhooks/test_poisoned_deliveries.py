"""Deliveries that break the worker itself: tried again with growing pauses, dead in the end, alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from core.db.tables import inbox
from core.domain.platform import Message
from core.domain.stores import Store
from core.jobs.drain import TRIES_MOST, drain
from integrations.woocommerce.adapter import WooCommerce
from tests.deaths import Died, MortalDatabase
from tests.payloads import an_order, body_of
from tests.world import World


class Fragile(WooCommerce):
    """Breaks on bodies that hold the word; quotes what no database takes."""

    def normalize(self, topic: str, body: bytes, received_at: datetime) -> Message:
        if b"poison" in body:
            raise ZeroDivisionError("\x00\ud800 poison")
        return super().normalize(topic, body, received_at)


@pytest.fixture
def fragile(installation: World) -> World:
    """A world whose adapter has a bug."""
    platforms: Mapping[str, Any] = {"woocommerce": Fragile()}
    return replace(installation, env=replace(installation.env, platforms=platforms))


def poison(world: World, store: Store) -> None:
    assert world.post(store, body_of(an_order(999, customer_note="poison"))) == 200


def row_of(world: World, store: Store) -> Row[Any]:
    """The poisoned delivery as it is kept."""
    with world.database.read(store.store_id) as db:
        found = db.execute(select(inbox).where(inbox.c.store_id == store.store_id))
        return next(row for row in found if b"poison" in row.body)


def test_the_good_ones_around_a_poisoned_delivery_are_settled_at_once(fragile: World) -> None:
    store = fragile.birch()
    for number in range(1, 21):
        fragile.post(store, body_of(an_order(number)))
        if number == 7:
            poison(fragile, store)
    fragile.drain(store)

    assert fragile.inbox(store) == {"done": 20, "new": 1}
    assert fragile.points(store) == [49] * 20
    assert row_of(fragile, store).attempts == 1


def test_after_its_last_try_it_is_dead_and_says_why_in_words_any_database_takes(fragile: World) -> None:
    store = fragile.birch()
    poison(fragile, store)
    for _ in range(TRIES_MOST):
        fragile.drain(store)
        fragile.wait(minutes=15)

    assert fragile.inbox(store) == {"dead": 1}
    assert fragile.dead(store) == ["ZeroDivisionError: \ufffd\ufffd poison"]


def test_between_tries_it_rests_longer_and_longer(fragile: World) -> None:
    store = fragile.birch()
    poison(fragile, store)
    rests = []
    for _ in range(TRIES_MOST - 1):
        fragile.drain(store)
        assert fragile.drain(store) == 0
        rests.append(row_of(fragile, store).next_at - fragile.now)
        fragile.moment[0] += rests[-1]

    assert rests == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 80, 160, 320)]


class Deadly(WooCommerce):
    """Kills its process on bodies that hold the word."""

    def __init__(self, database: MortalDatabase) -> None:
        self.database = database

    def normalize(self, topic: str, body: bytes, received_at: datetime) -> Message:
        if b"poison" in body:
            self.database.die()
        return super().normalize(topic, body, received_at)


def drain_mortally(world: World, store: Store) -> None:
    """A drain by a process that does not survive the poison; then its lease runs out."""
    database = MortalDatabase(world.database)
    env = replace(world.env, database=database, platforms={"woocommerce": Deadly(database)})
    with suppress(Died):
        drain(env, store.store_id)
    world.wait(seconds=21)


def test_a_delivery_that_kills_its_worker_is_found_and_takes_no_good_one_with_it(installation: World) -> None:
    store = installation.birch()
    for number in range(1, 10):
        installation.post(store, body_of(an_order(number)))
        if number == 4:
            poison(installation, store)
    for _ in range(40):
        drain_mortally(installation, store)
        installation.wait(minutes=15)

    assert installation.inbox(store) == {"done": 9, "dead": 1}
    assert row_of(installation, store).attempts == TRIES_MOST
    assert installation.dead(store) == ["the worker died while working on this delivery alone"]


def test_it_is_charged_its_try_whatever_the_lease_is_taken_for_next(installation: World) -> None:
    store = installation.birch()
    poison(installation, store)
    drain_mortally(installation, store)
    drain_mortally(installation, store)
    assert row_of(installation, store).attempts == 0

    installation.mature(store)

    assert row_of(installation, store).attempts == 1
