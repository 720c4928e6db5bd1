"""A worker process: patient with its queue server, and done with its job before it ends."""

from __future__ import annotations

import signal
import tempfile
import time
from pathlib import Path

import pytest

from core.jobs.bell import DRAIN
from core.jobs.queue import RedisBell
from core.jobs.stopping import EXIT_CUT_OFF, GRACE_S
from tests.eventually import eventually
from tests.payloads import a_recent_order, body_of
from tests.servers import start_valkey
from tests.workplace import LISTENING, Workplace


def test_a_worker_outlives_the_death_of_its_queue_server(sqlite_url: str, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="rg-", dir="/tmp") as folder:
        socket = Path(folder) / "s"
        server = start_valkey(socket)
        with Workplace.open(sqlite_url, f"unix://{socket}", tmp_path) as place:
            birch = place.world.connect()
            worker = place.worker()
            server.kill()
            server.wait()
            socket.unlink()
            eventually(lambda: "queue server out of reach" in place.log)
            server = start_valkey(socket)
            place.world.post(birch, body_of(a_recent_order()))
            RedisBell(place.redis_url).ring(DRAIN, birch.store_id)
            eventually(lambda: place.world.points(birch) == [49])
            assert worker.poll() is None
        server.kill()
        server.wait()


def test_an_idle_worker_stays_at_its_queue(workplace: Workplace) -> None:
    workplace.worker()
    # redis-py gives up on a silent connection after 5 s unless told otherwise.
    time.sleep(7)
    assert workplace.log.count(LISTENING) == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_ends_at_once_when_asked(workplace: Workplace, stop: signal.Signals) -> None:
    worker = workplace.worker()
    worker.send_signal(stop)
    assert worker.wait(2) == 0


def test_a_worker_asked_to_end_finishes_its_job_first(workplace: Workplace, bell: RedisBell) -> None:
    birch = workplace.world.connect()
    worker = workplace.worker_at("drain.before_commit:1", "wait")
    workplace.world.post(birch, body_of(a_recent_order()))
    bell.ring(DRAIN, birch.store_id)
    eventually((workplace.folder / "reached").exists)

    worker.terminate()
    (workplace.folder / "go").touch()
    assert worker.wait(5) == 0
    assert workplace.world.points(birch) == [49]


def test_a_job_that_does_not_end_is_cut_off_and_the_delivery_stays_in_line(
    workplace: Workplace, bell: RedisBell
) -> None:
    world = workplace.world
    birch = world.connect()
    worker = workplace.worker_at("drain.before_commit:1", "wait")
    world.post(birch, body_of(a_recent_order()))
    bell.ring(DRAIN, birch.store_id)
    eventually((workplace.folder / "reached").exists)

    worker.terminate()
    assert worker.wait(GRACE_S + 1.5) == EXIT_CUT_OFF
    assert world.points(birch) == []
    world.wait(seconds=60)
    assert world.drain(birch) == 1
    assert world.points(birch) == [49]
