"""The doorbell: cheap to ring, never doubled, and silent rather than slow."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis

from core.config.settings import Settings
from core.jobs.bell import DRAIN, MATURE
from core.jobs.queue import JOBS, RedisBell
from integrations.assembly import web_env
from tests.eventually import eventually
from tests.payloads import a_recent_order, body_of
from tests.servers import start_valkey
from tests.workplace import Workplace

BIRCH, ACORN = 1, 2


def waiting_jobs(redis: Redis) -> int:
    return int(redis.llen("rq:queue:points"))


def test_any_number_of_rings_for_one_store_is_one_job(redis: Redis, bell: RedisBell) -> None:
    assert all(bell.ring(DRAIN, BIRCH) for _ in range(100))
    assert waiting_jobs(redis) == 1


def test_stores_and_kinds_of_work_have_bells_of_their_own(redis: Redis, bell: RedisBell) -> None:
    bell.ring(DRAIN, BIRCH)
    bell.ring(DRAIN, ACORN)
    bell.ring(MATURE, BIRCH)
    assert waiting_jobs(redis) == 3


def test_every_job_there_is_can_be_rung_for(redis: Redis, bell: RedisBell) -> None:
    assert all(bell.ring(job, BIRCH) for job in JOBS)


def test_a_bell_nobody_answers_goes_away_by_itself(redis: Redis, bell: RedisBell) -> None:
    bell.ring(DRAIN, BIRCH)
    assert all(redis.ttl(key) > 0 for key in redis.keys("rq:job:*") + redis.keys("bell:*"))


def test_an_answered_bell_can_be_rung_again(workplace: Workplace, redis: Redis, bell: RedisBell) -> None:
    world = workplace.world
    birch = world.connect()
    workplace.worker()
    for order_id in (1, 2, 3):
        world.post(birch, body_of(a_recent_order(order_id)))
        bell.ring(DRAIN, birch.store_id)
        eventually(lambda: len(world.points(birch)) == order_id)  # noqa: B023
    assert waiting_jobs(redis) == 0


def test_a_ring_during_a_drain_is_a_job_of_its_own(
    workplace: Workplace, redis: Redis, bell: RedisBell
) -> None:
    world = workplace.world
    birch = world.connect()
    workplace.worker_at("store.released:1", "wait")
    world.post(birch, body_of(a_recent_order(1)))
    bell.ring(DRAIN, birch.store_id)
    eventually((workplace.folder / "reached").exists)

    world.post(birch, body_of(a_recent_order(2)))
    assert bell.ring(DRAIN, birch.store_id)
    assert waiting_jobs(redis) == 1
    assert world.points(birch) == [49]
    (workplace.folder / "go").touch()
    eventually(lambda: world.points(birch) == [49, 49])


@dataclass
class Ringer:
    """A bell on a server of its own, and a clock that can be moved."""

    socket: Path
    server: subprocess.Popen[bytes]
    clock: list[float] = field(default_factory=lambda: [1000.0])

    def __post_init__(self) -> None:
        self.bell = RedisBell(f"unix://{self.socket}", monotonic=lambda: self.clock[0])

    def ring(self) -> tuple[bool, float]:
        """Whether it was heard, and the seconds the caller was held up."""
        began_s = time.monotonic()
        heard = self.bell.ring(DRAIN, BIRCH)
        return heard, time.monotonic() - began_s


@pytest.fixture
def ringer() -> Iterator[Ringer]:
    with tempfile.TemporaryDirectory(prefix="rg-", dir="/tmp") as folder:
        socket = Path(folder) / "s"
        made = Ringer(socket, start_valkey(socket))
        yield made
        made.bell.close()
        made.server.kill()
        made.server.wait()


def test_a_hung_server_costs_one_caller_a_quarter_second_and_the_others_nothing(ringer: Ringer) -> None:
    assert ringer.ring()[0]
    os.kill(ringer.server.pid, signal.SIGSTOP)
    heard, seconds = ringer.ring()
    assert not heard
    assert 0.2 < seconds < 0.5
    ringer.clock[0] += 4.9
    others = [ringer.ring() for _ in range(50)]
    assert not any(heard for heard, _ in others)
    assert sum(seconds for _, seconds in others) < 0.2


def test_a_web_process_waits_for_no_part_of_that(ringer: Ringer, tmp_path: Path) -> None:
    settings = Settings.load({"REDIS_URL": f"unix://{ringer.socket}"}, tmp_path)
    bell = web_env(settings).bell
    os.kill(ringer.server.pid, signal.SIGSTOP)
    began_s = time.monotonic()
    assert bell.ring(DRAIN, BIRCH)
    assert time.monotonic() - began_s < 0.2
    os.kill(ringer.server.pid, signal.SIGCONT)


def test_after_five_seconds_one_caller_tries_a_hung_server_again(ringer: Ringer) -> None:
    os.kill(ringer.server.pid, signal.SIGSTOP)
    ringer.ring()
    ringer.clock[0] += 5.1
    assert ringer.ring()[1] > 0.2
    assert ringer.ring()[1] < 0.2
    os.kill(ringer.server.pid, signal.SIGCONT)
    ringer.clock[0] += 5.1
    assert ringer.ring()[0]


def test_a_dead_server_holds_nobody_up_and_is_found_again_when_it_is_back(ringer: Ringer) -> None:
    ringer.server.kill()
    ringer.server.wait()
    ringer.socket.unlink()
    rings = [ringer.ring() for _ in range(50)]
    assert not any(heard for heard, _ in rings)
    assert sum(seconds for _, seconds in rings) < 0.5
    ringer.server = start_valkey(ringer.socket)
    assert not ringer.ring()[0]
    ringer.clock[0] += 5.1
    assert ringer.ring()[0]
