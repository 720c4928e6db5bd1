"""Processes killed at any moment and an emptied queue lose nothing and count nothing twice."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from redis import Redis
from sqlalchemy import text, update

from core.db.tables import leases
from core.domain.stores import Store
from sandbox.synthetic_store import SignedDelivery, SyntheticStore
from tests.delivering import deliver, free_port, is_healthy
from tests.eventually import eventually
from tests.jobs.test_effects import EFFECT_POINTS
from tests.payloads import an_order, gmt
from tests.servers import start_valkey
from tests.workplace import ROOT, Workplace
from tests.world import SECRET, World

KILLED = -signal.SIGKILL
LEASE_OVER_S = 30
A_DAY_PENDING_AND_A_DAY_TO_SPEND = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}],
        "pending_days": 1,
        "expiry": {"kind": "fixed", "days": 1},
    }
)

DRAIN_POINTS = [
    "drain.leased",
    "drain.normalized",
    "drain.before_commit",
    "drain.committed",
    "drain.released",
]
RECEIVE_POINTS = ["receive.before_commit", "receive.committed"]
MATURE_POINTS = ["mature.release_due", "mature.expire_due"]


@dataclass(frozen=True)
class Shop:
    """A store, all it has to say, and what that is worth in the end."""

    store: Store
    deliveries: tuple[SignedDelivery, ...]
    points: Mapping[str, int]


@dataclass
class QueueServer:
    """A Valkey of the test's own, without files."""

    socket: Path
    process: subprocess.Popen[bytes]

    def restart(self) -> None:
        """Kill it and start it again, empty."""
        self.process.kill()
        self.process.wait()
        self.socket.unlink()
        self.process = start_valkey(self.socket)


@pytest.fixture
def queue_server() -> Iterator[QueueServer]:
    with tempfile.TemporaryDirectory(prefix="rg-", dir="/tmp") as folder:
        server = QueueServer(Path(folder) / "s", start_valkey(Path(folder) / "s"))
        yield server
        server.process.kill()
        server.process.wait()


@pytest.fixture
def place(database_url: str, queue_server: QueueServer, tmp_path: Path) -> Iterator[Workplace]:
    """A database of either kind beside a queue server."""
    with Workplace.open(database_url, f"unix://{queue_server.socket}", tmp_path) as opened:
        yield opened


def open_shop(world: World, name: str, happenings: int, seed: int) -> Shop:
    """A connected store with orders, refunds and cancellations, told twice, late and out of order."""
    truth = SyntheticStore(seed, SECRET, opened_at=world.now - timedelta(days=2))
    deliveries = tuple(truth.deliveries(happenings))
    return Shop(world.connect(name), deliveries, truth.expected_points())


def let_leases_end(world: World) -> None:
    """As if the twenty seconds had passed for which a dead worker's lease stands."""
    with world.database.write_all() as db:
        db.execute(update(leases).where(leases.c.until.is_not(None)).values(until=world.now))


def ask(world: World, store: Store, query: str) -> dict[str, int]:
    """The answer to a query of two columns, a name and a number."""
    with world.database.read(store.store_id) as db:
        return {str(name): int(number) for name, number in db.execute(text(query), {"store": store.store_id})}


def assert_exact(world: World, shop: Shop) -> None:
    """Every order stands at its points, every balance at the sum of its entries, and nothing waits."""
    orders = ask(
        world,
        shop.store,
        "SELECT o.order_ref, COALESCE(SUM(e.points), 0) FROM orders o LEFT JOIN entries e "
        "ON e.store_id = o.store_id AND e.order_ref = o.order_ref "
        "WHERE o.store_id = :store GROUP BY o.order_ref",
    )
    assert orders == shop.points
    balances = ask(
        world,
        shop.store,
        "SELECT id, available_points + pending_points - debt_points FROM members WHERE store_id = :store",
    )
    ledger = "SELECT member_id, SUM(points) FROM entries WHERE store_id = :store GROUP BY member_id"
    lots = "SELECT member_id, SUM(remaining_points) FROM lots WHERE store_id = :store GROUP BY member_id"
    assert balances == dict.fromkeys(balances, 0) | ask(world, shop.store, ledger)
    assert balances == dict.fromkeys(balances, 0) | ask(world, shop.store, lots)
    assert set(world.inbox(shop.store)) <= {"done", "needs_fetch"}


# -- the whole of it: web, workers, beat and queue, each a process


DEATHS = ["drain.before_commit:3", "drain.normalized:2", "drain.committed:2", "drain.before_commit:1"]


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
    queue_server.restart()
    post_all(port, posts[len(DEATHS) :: len(DEATHS) + 1])

    place.worker()
    place.run("worker", "beat")
    eventually(lambda: not any(world.inbox(shop.store).get("new") for shop in shops))
    for shop in shops:
        assert_exact(world, shop)


def post_all(port: int, posts: list[tuple[Store, SignedDelivery]]) -> None:
    for store, delivery in posts:
        assert deliver(port, store, delivery.body, delivery.headers) == 200


# -- every named point once, with a process that dies there


def dies_at(place: Workplace, point: str, *work: str) -> None:
    """Run a process until it dies at the point."""
    process = place.run("tests.at_point", point, "die", *work)
    assert process.wait(20) == KILLED, place.log


def settle_all(world: World, store: Store) -> None:
    """What the next worker does once the lease of the dead one has ended."""
    world.wait(seconds=LEASE_OVER_S)
    while world.drain(store):
        pass


@pytest.mark.parametrize("point", DRAIN_POINTS)
def test_a_worker_that_dies_at_any_point_of_a_drain_changes_no_point(place: Workplace, point: str) -> None:
    world = place.world
    shop = open_shop(world, "Birch", 30, seed=7)
    for delivery in shop.deliveries:
        assert world.post(shop.store, delivery.body, headers=delivery.headers) == 200
    dies_at(place, point, "drain", str(shop.store.store_id))
    settle_all(world, shop.store)
    assert_exact(world, shop)


@pytest.mark.parametrize("point", RECEIVE_POINTS)
def test_a_receiver_that_dies_at_any_point_loses_nothing_that_was_answered_and_doubles_nothing(
    place: Workplace, point: str
) -> None:
    world = place.world
    shop = open_shop(world, "Birch", 30, seed=7)
    first, second, *others = shop.deliveries
    port = free_port()
    web = place.run("tests.at_point", f"{point}:2", "die", "web", str(port))
    eventually(lambda: is_healthy(port))

    assert deliver(port, shop.store, first.body, first.headers) == 200
    with pytest.raises((OSError, http.client.HTTPException)):
        deliver(port, shop.store, second.body, second.headers)
    assert web.wait(5) == KILLED
    for delivery in (second, *others):
        assert world.post(shop.store, delivery.body, headers=delivery.headers) == 200
    settle_all(world, shop.store)
    assert_exact(world, shop)


@pytest.mark.parametrize("point", MATURE_POINTS)
def test_a_worker_that_dies_while_points_are_released_or_end_does_neither_twice(
    place: Workplace, point: str
) -> None:
    world, now = place.world, place.world.now
    birch = world.connect(program=A_DAY_PENDING_AND_A_DAY_TO_SPEND)
    world.wait(days=-9)
    told_at = gmt(world.now)
    for order_id, paid_at in ((1, world.now), (2, now - timedelta(days=1.5))):
        dates = {"date_created_gmt": told_at, "date_modified_gmt": told_at, "date_paid_gmt": gmt(paid_at)}
        world.tell(birch, an_order(order_id) | dates)
    assert world.balance(birch) == (0, 98, 0)
    world.wait(days=9)

    dies_at(place, point, "mature", str(birch.store_id))
    world.wait(seconds=LEASE_OVER_S)
    world.mature(birch)
    assert world.balance(birch) == (49, 0, 0)
    assert world.points(birch) == [49, 49, -49]


def test_every_named_point_of_receiving_and_draining_is_died_at() -> None:
    product = [*(ROOT / "core").rglob("*.py"), *(ROOT / "webhooks").rglob("*.py")]
    named = {
        point for path in product for point in re.findall(r'reach\(f?"([a-z_.]+)', path.read_text("utf-8"))
    }
    assert named - {"mature."} == {*DRAIN_POINTS, *RECEIVE_POINTS, *EFFECT_POINTS}
