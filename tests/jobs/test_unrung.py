"""A worker without a queue server: all that waits is found by looking, however long nobody rings."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from core.domain.stores import Store
from core.jobs.bell import SilentBell
from core.jobs.unrung import work_unrung
from core.jobs.working import BACK_OFF_MAX_S
from tests.fakes.shops import FakeShop
from tests.payloads import a_refund, an_order, body_of
from tests.world import World

TEN_MINUTES = int(600 / BACK_OFF_MAX_S)
PENDING = '{"earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}], "pending_days": 1}'


@pytest.fixture
def unrung(sqlite_world: World) -> World:
    """A world in which nobody hears a bell."""
    sqlite_world.env = replace(sqlite_world.env, bell=SilentBell())
    return sqlite_world


def look(world: World, queue: str = "points", stop: threading.Event | None = None) -> None:
    work_unrung(world.env, queue, stop or threading.Event())


def post(world: World, store: Store, order_id: int) -> None:
    assert world.post(store, body_of(an_order(order_id))) == 200


def test_in_ten_minutes_without_a_bell_every_delivery_waits_for_one_look_and_no_longer(unrung: World) -> None:
    stores = [unrung.connect(name) for name in ("Birch", "Acorn")]
    for number in range(1, 1 + TEN_MINUTES):
        for store in stores:
            post(unrung, store, number)
        unrung.wait(seconds=BACK_OFF_MAX_S)
        look(unrung)
        assert [unrung.points(store) for store in stores] == [[49] * number] * 2


def test_points_are_released_without_a_bell(unrung: World) -> None:
    birch = unrung.connect(program=PENDING)
    unrung.tell(birch, an_order(date_paid_gmt="2026-12-01T12:00:00"))
    assert unrung.balance(birch) == (0, 49, 0)
    unrung.wait(days=1, seconds=1)
    look(unrung)
    assert unrung.balance(birch) == (49, 0, 0)


def test_orders_are_fetched_without_a_bell_by_the_worker_that_calls_stores_alone(unrung: World) -> None:
    fake = FakeShop()
    unrung.env = replace(unrung.env, shop=lambda _store, _credentials: fake)
    birch = unrung.connect(is_offline=False)
    fake.orders["1042"] = an_order(refunds=[a_refund("10.00")])
    unrung.tell(birch, fake.orders["1042"])
    look(unrung, "points")
    assert fake.asked == []
    look(unrung, "outside")
    assert fake.asked == ["1042"]


def test_one_store_that_fails_does_not_keep_the_others_from_being_found(unrung: World) -> None:
    acorn, birch = unrung.connect("Acorn"), unrung.connect("Birch")
    for store in (acorn, birch):
        post(unrung, store, 1)
    died = [False]

    def fail_once(name: str) -> None:
        if name == "store.leased" and not died[0]:
            died[0] = True
            raise ZeroDivisionError

    unrung.env = replace(unrung.env, reach=fail_once)
    with capture_logs():
        look(unrung)
    assert sorted(map(len, (unrung.points(acorn), unrung.points(birch)))) == [0, 1]


def test_a_worker_asked_to_end_takes_no_further_store(unrung: World) -> None:
    birch = unrung.connect()
    post(unrung, birch, 1)
    stop = threading.Event()
    stop.set()
    look(unrung, stop=stop)
    assert unrung.points(birch) == []
