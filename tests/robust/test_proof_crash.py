"""Processes killed at any moment and an emptied queue lose nothing and count nothing twice."""

from __future__ import annotations

import signal
from random import Random

from redis import Redis

from core.domain.stores import Store
from sandbox.synthetic_store import SignedDelivery
from tests.delivering import deliver, free_port, is_healthy
from tests.eventually import eventually
from tests.robust.queue_server import QueueServer
from tests.robust.shops import assert_exact, let_leases_end, open_shop
from tests.workplace import Workplace

KILLED = -signal.SIGKILL

DEATHS = ["drain.before_commit:2", "drain.normalized:2", "drain.committed:2", "drain.before_commit:1"]
"""Two stores are two drains at least, however few batches their deliveries come to."""


def test_workers_killed_in_mid_drain_and_a_queue_flushed_and_restarted_change_no_point(
    place: Workplace, queue_server: QueueServer
) -> None:
    world = place.world
    shops = [open_shop(world, "Birch", 140, seed=7), open_shop(world, "Acorn", 140, seed=8)]
    posts = [(shop.store, delivery) for shop in shops for delivery in shop.deliveries]
    Random(9).shuffle(posts)
    assert len(posts) >= 300
    assert sum(len(shop.points) for shop in shops) >= 120
    port = free_port()
    place.run("cli.serve", "127.0.0.1", str(port))
    eventually(lambda: is_healthy(port))

    for number, death in enumerate(DEATHS):
        worker = place.worker_at(death, "die")
        post_all(port, posts[number :: len(DEATHS) + 1])
        assert worker.wait(20) == KILLED
        let_leases_end(world)
    with Redis.from_url(place.redis_url) as redis:
        redis.flushall()
    queue_server.kill()
    queue_server.start()
    post_all(port, posts[len(DEATHS) :: len(DEATHS) + 1])

    place.worker()
    place.run("worker", "beat")
    eventually(lambda: not any(world.inbox(shop.store).get("new") for shop in shops))
    for shop in shops:
        assert_exact(world, shop)


def post_all(port: int, posts: list[tuple[Store, SignedDelivery]]) -> None:
    for store, delivery in posts:
        assert deliver(port, store, delivery.body, delivery.headers) == 200
