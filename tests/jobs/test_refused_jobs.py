"""Whoever can write to Redis can name any function: a worker runs listed jobs alone, and goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Callback, Queue, Retry
from rq.job import Job
from rq.serializers import DefaultSerializer, JSONSerializer

from core.db.migrate import upgrade
from core.jobs.bell import DRAIN
from core.jobs.queue import RedisBell
from tests import servers
from tests.eventually import eventually
from tests.jobs.marks import leave_mark
from tests.payloads import a_recent_order, body_of
from tests.workplace import Workplace

NO_SUCH_STORE = 999
FAILS = 2**80
"""No database takes it as a store's id."""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A workplace where a worker waits at each queue."""
    folder = tmp_path_factory.mktemp("busy")
    url = f"sqlite:///{folder / 'regulars.db'}"
    upgrade(url)
    with servers.valkey() as redis_url, Workplace.open(url, redis_url, folder) as place:
        place.worker("points")
        place.worker("outside")
        yield place


@pytest.fixture
def planted_in(busy: Workplace) -> Iterator[Redis]:
    with Redis.from_url(busy.redis_url) as redis:
        yield redis


def plant(redis: Redis, function: Any, *args: object, queue: str = "points", **extras: Any) -> Job:
    """Enqueue as any program with access to Redis can."""
    serializer = extras.pop("serializer", JSONSerializer)
    planted: Job = Queue(queue, connection=redis, serializer=serializer).enqueue_call(
        function, args=args, **extras
    )
    return planted


def assert_refused(busy: Workplace, job: Job, mark: Path) -> None:
    """It was turned away by name, nothing of it ran, and the workers work on."""
    eventually(lambda: f"job_id={job.id}" in busy.log)
    assert_works_on(busy)
    assert not mark.exists()


def assert_works_on(busy: Workplace) -> None:
    """Deliveries still become points, and no worker has ended."""
    world, bell = busy.world, RedisBell(busy.redis_url)
    store = world.connect(world.env.token()[:20])
    world.post(store, body_of(a_recent_order()))
    bell.ring(DRAIN, store.store_id)
    bell.close()
    eventually(lambda: world.points(store) == [49])
    assert [process.poll() for process in busy.processes] == [None, None]


@pytest.mark.parametrize("serializer", [JSONSerializer, DefaultSerializer], ids=["json", "pickle"])
def test_a_function_that_is_not_listed_is_not_run(
    busy: Workplace, planted_in: Redis, tmp_path: Path, serializer: type
) -> None:
    mark = tmp_path / "mark"
    job = plant(planted_in, os.system, f"touch {mark}", serializer=serializer)
    assert_refused(busy, job, mark)


@pytest.mark.parametrize(
    ("store_id", "callback"),
    [(NO_SUCH_STORE, "on_success"), (FAILS, "on_failure"), (NO_SUCH_STORE, "on_stopped")],
)
def test_a_listed_job_with_a_callback_is_not_run(
    busy: Workplace, planted_in: Redis, tmp_path: Path, store_id: int, callback: str
) -> None:
    mark = tmp_path / "mark"
    extras: dict[str, Any] = {callback: Callback(leave_mark), "meta": {"mark": str(mark)}}
    assert_refused(busy, plant(planted_in, DRAIN, store_id, **extras), mark)


@pytest.mark.parametrize(
    ("args", "extras"),
    [
        ((1, 2), {}),
        ((), {}),
        (("1",), {}),
        ((True,), {}),
        ((1.0,), {}),
        ((1,), {"kwargs": {"force": True}}),
        ((1,), {"retry": Retry(max=3)}),
        ((1,), {"serializer": DefaultSerializer}),
    ],
)
def test_a_listed_job_with_anything_but_one_store_id_is_not_run(
    busy: Workplace, planted_in: Redis, tmp_path: Path, args: tuple[object, ...], extras: dict[str, Any]
) -> None:
    assert_refused(busy, plant(planted_in, DRAIN, *args, **extras), tmp_path / "mark")


def test_a_listed_job_on_another_queue_is_not_run(busy: Workplace, planted_in: Redis, tmp_path: Path) -> None:
    assert_refused(busy, plant(planted_in, DRAIN, 1, queue="outside"), tmp_path / "mark")


def test_nothing_that_hangs_on_a_listed_job_is_started_by_it(
    busy: Workplace, planted_in: Redis, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    first = plant(planted_in, DRAIN, NO_SUCH_STORE)
    plant(planted_in, os.system, f"touch {mark}", depends_on=first)
    assert_works_on(busy)
    assert not mark.exists()
    assert f"job_id={first.id}" not in busy.log


def test_rubbish_beside_a_listed_job_does_not_disturb_the_worker(busy: Workplace, planted_in: Redis) -> None:
    planted_in.set("rq:job:first:dependents", "text")
    plant(planted_in, DRAIN, NO_SUCH_STORE, job_id="first")
    assert_works_on(busy)
    assert "Traceback" not in busy.log


def test_a_job_that_waited_for_another_is_not_run(busy: Workplace, planted_in: Redis, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    first = plant(planted_in, DRAIN, NO_SUCH_STORE, queue="nobody listens here")
    second = plant(planted_in, DRAIN, NO_SUCH_STORE, depends_on=first)
    planted_in.rpush("rq:queue:points", second.id)
    assert_refused(busy, second, mark)


@pytest.mark.parametrize("key_holds", ["nothing", "another type", "rubbish"])
def test_an_id_without_a_readable_job_behind_it_is_passed_over(
    busy: Workplace, planted_in: Redis, key_holds: str
) -> None:
    if key_holds == "another type":
        planted_in.set("rq:job:planted", "text")
    elif key_holds == "rubbish":
        planted_in.hset("rq:job:planted", mapping={"data": b"\xff\x00", "created_at": "yesterday"})
    planted_in.rpush("rq:queue:points", "planted")
    assert_works_on(busy)
    planted_in.delete("rq:job:planted")
