"""Worker processes on their own, without a supervisor, when the queue server dies, hangs or forgets."""

from __future__ import annotations

import time

import pytest
from redis import Redis

from core.domain.stores import Store
from core.jobs.bell import DRAIN
from core.jobs.queue import RedisBell
from core.jobs.stopping import GRACE_S
from tests.eventually import at_leisure, eventually
from tests.payloads import a_recent_order, body_of
from tests.robust.queue_server import QueueServer
from tests.workplace import LISTENING, Workplace


def tell(place: Workplace, store: Store, order_id: int) -> None:
    """An order arrives, and nobody is rung."""
    assert place.world.post(store, body_of(a_recent_order(order_id))) == 200


def ring(place: Workplace, store: Store) -> None:
    """Somebody finds the queue server and rings."""
    bell = RedisBell(place.redis_url)
    assert bell.ring(DRAIN, store.store_id)
    bell.close()


def test_points_go_on_while_the_queue_server_is_dead_and_the_worker_returns_to_it_when_it_is_back(
    postgres_place: Workplace, queue_server: QueueServer
) -> None:
    place, world = postgres_place, postgres_place.world
    birch = world.connect()
    worker = place.worker()
    queue_server.kill()
    for number in (1, 2, 3):
        tell(place, birch, number)
        eventually(lambda: world.points(birch) == [49] * number)  # noqa: B023

    queue_server.start()
    eventually(lambda: place.log.count(LISTENING) == 2)
    tell(place, birch, 4)
    ring(place, birch)
    eventually(lambda: world.points(birch) == [49] * 4)
    assert worker.poll() is None


def test_points_go_on_while_the_queue_server_hangs_and_the_worker_returns_to_it_when_it_wakes(
    sqlite_place: Workplace, queue_server: QueueServer
) -> None:
    place, world = sqlite_place, sqlite_place.world
    birch = world.connect()
    queue_server.hang()
    place.run("worker", "points")
    for number in (1, 2):
        tell(place, birch, number)
        eventually(lambda: world.points(birch) == [49] * number)  # noqa: B023

    queue_server.wake()
    eventually(lambda: LISTENING in place.log)
    tell(place, birch, 3)
    ring(place, birch)
    eventually(lambda: world.points(birch) == [49] * 3)


def test_an_idle_worker_is_not_kept_from_its_points_for_long_by_a_queue_server_that_begins_to_hang(
    sqlite_place: Workplace, queue_server: QueueServer
) -> None:
    place, world = sqlite_place, sqlite_place.world
    birch = world.connect()
    worker = place.worker()
    queue_server.hang()
    tell(place, birch, 1)
    eventually(lambda: world.points(birch) == [49], within_s=at_leisure(15))

    queue_server.wake()
    eventually(lambda: place.log.count(LISTENING) == 2)
    queue_server.hang()
    worker.terminate()
    assert worker.wait(GRACE_S) == 0


@pytest.mark.parametrize("moment_s", [0.0, 0.005, 0.02])
def test_a_worker_asked_to_end_while_the_queue_server_hangs_ends_by_itself_and_is_not_cut_off(
    sqlite_place: Workplace, queue_server: QueueServer, moment_s: float
) -> None:
    worker = sqlite_place.worker()
    queue_server.hang()
    time.sleep(moment_s)
    worker.terminate()
    assert worker.wait(GRACE_S) == 0


def test_a_worker_whose_queue_server_forgot_everything_hears_the_next_bell(
    sqlite_place: Workplace, queue_server: QueueServer
) -> None:
    place, world = sqlite_place, sqlite_place.world
    birch = world.connect()
    place.worker()
    tell(place, birch, 1)
    with Redis.from_url(place.redis_url) as redis:
        redis.flushall()
    ring(place, birch)
    eventually(lambda: world.points(birch) == [49])
    assert place.log.count(LISTENING) == 1
