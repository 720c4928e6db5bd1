"""The beat has stores looked through, each platform's as often as it needs."""

from __future__ import annotations

import pytest

from core.db import stores
from core.domain.stores import StoreState
from core.jobs.beat import tick
from core.jobs.bell import RECONCILE, REREAD, WALK_ON
from core.services.reconciling import soon
from tests.reconciling.shopfront import Shopfront
from tests.world import World


def rung(world: World, job: str, minutes: int) -> int:
    """How often one job is rung for while so much time passes."""
    world.bells.rung.clear()
    for _ in range(minutes):
        tick(world.env)
        world.wait(minutes=1)
    return sum(name == job for name, _ in world.bells.rung)


def test_every_store_is_looked_through_as_often_as_its_platform_wants(at: Shopfront) -> None:
    minutes = int(at.rig.platform.looks_every.total_seconds() // 60)
    assert minutes in {10, 30}
    assert rung(at.world, RECONCILE, 60) == 60 // minutes


def test_a_store_that_is_never_called_is_not_looked_through(sqlite_world: World) -> None:
    sqlite_world.connect()
    assert rung(sqlite_world, RECONCILE, 60) == 0
    sqlite_world.wait(days=2)
    assert rung(sqlite_world, REREAD, 1) == 0


@pytest.mark.parametrize("state", [StoreState.NEEDS_REAUTH, StoreState.UNINSTALLED, StoreState.WIPED])
def test_a_store_that_lets_nobody_in_is_neither_rung_for_nor_called(at: Shopfront, state: StoreState) -> None:
    at.order()
    at.wait(hours=1)
    with at.world.database.write(at.store.store_id) as db:
        soon(db, at.store.store_id, at.world.now, at.world.now)
        stores.set_state(db, at.store.store_id, state)
    assert rung(at.world, RECONCILE, 1) == rung(at.world, WALK_ON, 1) == 0
    at.wait(days=2)
    assert rung(at.world, REREAD, 1) == 0
    at.look()
    at.look_again()
    assert at.calls == []


def test_a_store_is_re_read_once_a_day_although_its_bell_was_lost(at: Shopfront) -> None:
    assert rung(at.world, REREAD, 30) == 0
    at.wait(days=1)
    assert rung(at.world, REREAD, 30) == 2
    at.look_again()
    assert rung(at.world, REREAD, 60) == 0
    at.wait(days=1)
    assert rung(at.world, REREAD, 1) == 1


def test_a_walk_that_was_left_is_gone_on_with_within_seconds(at: Shopfront) -> None:
    with at.world.database.write(at.store.store_id) as db:
        soon(db, at.store.store_id, at.world.now, at.world.now)
    assert rung(at.world, WALK_ON, 1) == 1
    at.go_on()
    assert rung(at.world, WALK_ON, 5) == 0
