"""A process killed at any named point loses nothing and counts nothing twice: one real death for each."""

from __future__ import annotations

import ast
import http.client
import json
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.config.clock import utc_now
from core.db.tables import inbox
from core.domain.stores import Store
from core.jobs.beat import tick
from core.jobs.bell import DRAIN
from sandbox.woocommerce.serving import Serving
from tests.delivering import deliver, free_port, is_healthy
from tests.eventually import eventually
from tests.payloads import a_recent_order, an_order, body_of, gmt
from tests.robust import points
from tests.robust.fetching import (
    a_served_store,
    an_order_nobody_tells_of,
    an_order_to_fetch,
    connect_reachable,
    fetch,
    is_fetched,
    look,
    refuse_next,
)
from tests.robust.shops import Shop, assert_adds_up, assert_exact, let_time_pass, open_shop
from tests.workplace import ROOT, Workplace
from tests.world import World

KILLED = -signal.SIGKILL
LEASE_OVER_S = 30
A_DAY_PENDING_AND_A_DAY_TO_SPEND = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}],
        "pending_days": 1,
        "expiry": {"kind": "fixed", "days": 1},
    }
)


def dies_at(place: Workplace, point: str, *work: str) -> None:
    """Run a process until it dies at the point."""
    process = place.run("tests.at_point", point, "die", *work)
    assert process.wait(20) == KILLED, place.log


def settle_all(world: World, store: Store) -> None:
    """What the next worker does once the lease of the dead one has ended."""
    world.wait(seconds=LEASE_OVER_S)
    while world.drain(store):
        pass


@pytest.mark.parametrize("point", points.RECEIVING)
def test_a_receiver_that_dies_loses_nothing_that_was_answered_and_doubles_nothing(
    postgres_place: Workplace, point: str
) -> None:
    world = postgres_place.world
    shop = open_shop(world, "Birch", 30, seed=7)
    first, second, *others = shop.deliveries
    port = free_port()
    web = postgres_place.run("tests.at_point", f"{point}:2", "die", "web", str(port))
    eventually(lambda: is_healthy(port))

    assert deliver(port, shop.store, first.body, first.headers) == 200
    with pytest.raises((OSError, http.client.HTTPException)):
        deliver(port, shop.store, second.body, second.headers)
    assert web.wait(5) == KILLED
    for delivery in (second, *others):
        assert world.post(shop.store, delivery.body, headers=delivery.headers) == 200
    settle_all(world, shop.store)
    assert_exact(world, shop)


@pytest.mark.parametrize("point", points.SETTLING)
def test_a_worker_that_dies_while_it_settles_changes_no_point(place: Workplace, point: str) -> None:
    assert_nothing_is_lost_by_a_death_in_a_drain(place, point)


@pytest.mark.parametrize("point", points.AROUND_SETTLING)
def test_a_worker_that_dies_before_or_after_settling_changes_no_point(
    sqlite_place: Workplace, point: str
) -> None:
    assert_nothing_is_lost_by_a_death_in_a_drain(sqlite_place, point)


def assert_nothing_is_lost_by_a_death_in_a_drain(place: Workplace, point: str) -> None:
    """One worker dies there; the next one ends at the right points."""
    world = place.world
    shop = open_shop(world, "Birch", 30, seed=7)
    post_all(world, shop)
    dies_at(place, point, "drain", str(shop.store.store_id))
    settle_all(world, shop.store)
    assert_exact(world, shop)


def post_all(world: World, shop: Shop) -> None:
    for delivery in shop.deliveries:
        assert world.post(shop.store, delivery.body, headers=delivery.headers) == 200


@pytest.mark.parametrize("point", points.CHARGING)
def test_a_worker_that_dies_when_it_charged_a_delivery_charges_it_once(
    sqlite_place: Workplace, point: str
) -> None:
    world = sqlite_place.world
    birch = world.connect()
    assert world.post(birch, body_of(a_recent_order())) == 200
    # The second death finds it alone, and the next holder charges it for that.
    for death in ("drain.claimed", "drain.claimed", point):
        dies_at(sqlite_place, death, "drain", str(birch.store_id))
        let_time_pass(world)
    assert tries(world, birch) == [1]
    settle_all(world, birch)
    assert world.points(birch) == [49]
    assert tries(world, birch) == [1]


def tries(world: World, store: Store) -> list[int]:
    """How many failed tries each delivery was charged."""
    with world.database.read(store.store_id) as db:
        return list(db.execute(select(inbox.c.attempts).where(inbox.c.store_id == store.store_id)).scalars())


@pytest.mark.parametrize("point", points.MATURING)
def test_a_worker_that_dies_while_points_are_released_or_end_does_neither_twice(
    postgres_place: Workplace, point: str
) -> None:
    world = postgres_place.world
    birch = world.connect(program=A_DAY_PENDING_AND_A_DAY_TO_SPEND)
    now = world.now
    world.wait(days=-9)
    told_at = gmt(world.now)
    for order_id, paid_at in ((1, world.now), (2, now - timedelta(days=1.5))):
        dates = {"date_created_gmt": told_at, "date_modified_gmt": told_at, "date_paid_gmt": gmt(paid_at)}
        world.tell(birch, an_order(order_id) | dates)
    assert world.balance(birch) == (0, 98, 0)
    world.wait(days=9)

    dies_at(postgres_place, point, "mature", str(birch.store_id))
    world.wait(seconds=LEASE_OVER_S)
    world.mature(birch)
    assert world.balance(birch) == (49, 0, 0)
    assert world.points(birch) == [49, 49, -49]
    assert_adds_up(world, birch)


@pytest.fixture
def birch(sqlite_place: Workplace) -> Iterator[tuple[Store, Serving]]:
    """A store that can be called, with an order that has to be fetched."""
    with a_served_store() as fake:
        store = connect_reachable(sqlite_place, "Birch", fake)
        an_order_to_fetch(sqlite_place.world, store, fake, 21)
        yield store, fake


@pytest.mark.parametrize("point", points.FETCHING)
def test_a_worker_that_dies_in_a_fetch_asks_again_and_counts_once(
    sqlite_place: Workplace, birch: tuple[Store, Serving], point: str
) -> None:
    store, _ = birch
    dies_at(sqlite_place, point, "effects", str(store.store_id))
    let_time_pass(sqlite_place.world)
    sqlite_place.world.wait(seconds=LEASE_OVER_S)
    fetch(sqlite_place.world, store)
    assert is_fetched(sqlite_place.world, store, 21)
    assert_adds_up(sqlite_place.world, store)


@pytest.mark.parametrize(("point", "status"), points.CALLING_IN_VAIN.items())
def test_a_worker_that_dies_after_a_call_in_vain_leaves_what_it_wrote(
    sqlite_place: Workplace, birch: tuple[Store, Serving], point: str, status: int
) -> None:
    world, (store, fake) = sqlite_place.world, birch
    refuse_next(fake, status)
    dies_at(sqlite_place, point, "effects", str(store.store_id))
    assert len(fake.asked) == 1
    assert not is_fetched(world, store, 21)
    # Whatever was noted of the first call, the merchant tells of the order again and it is asked for again.
    an_order_to_fetch(world, store, fake, 21)
    let_time_pass(world)
    world.wait(seconds=LEASE_OVER_S)
    fetch(world, store)
    assert is_fetched(world, store, 21)
    assert world.notices(store) == []


@pytest.mark.parametrize("point", points.RECONCILING)
def test_a_worker_that_dies_while_it_looks_for_missed_orders_finds_each_of_them_once(
    sqlite_place: Workplace, point: str
) -> None:
    world = sqlite_place.world
    world.moment[0] = utc_now()
    with a_served_store() as fake:
        store = connect_reachable(sqlite_place, "Birch", fake)
        placed = [an_order_nobody_tells_of(fake) for _ in range(3)]
        dies_at(sqlite_place, point, "reconcile", str(store.store_id))
        let_time_pass(world)
        world.wait(minutes=6)
        look(world, store)
    assert [world.points(store, order_ref) for order_ref in placed] == [[49], [49], [49]]
    assert_adds_up(world, store)


@pytest.mark.parametrize("point", points.BEATING)
def test_a_beat_that_dies_leaves_what_waits_to_the_next_round(sqlite_place: Workplace, point: str) -> None:
    world = sqlite_place.world
    birch = world.connect()
    assert world.post(birch, body_of(a_recent_order())) == 200
    dies_at(sqlite_place, point, "beat", "-")
    let_time_pass(world)
    tick(world.env)
    assert (DRAIN, birch.store_id) in world.bells.rung


def test_every_named_point_is_died_at() -> None:
    named = {
        call.args[0].value if isinstance(call.args[0], ast.Constant) else ast.unparse(call)
        for folder in ("core", "integrations", "webhooks", "web", "cli")
        for path in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".reach")
    }
    assert named == {point.partition(":")[0] for point in points.ALL}
