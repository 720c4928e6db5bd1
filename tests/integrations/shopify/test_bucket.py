"""How much a store may still be asked: the same for a process alone and for all of them together."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from integrations.shopify.bucket import KEPT_S, Bucket, Buckets, LocalBucket
from tests import servers


@pytest.fixture(params=["alone", "together"])
def bucket(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    """A fresh bucket of either kind."""
    url: str | None = None
    if request.param == "together":
        url = request.getfixturevalue("valkey_url")
        Redis.from_url(url).flushall()
    buckets = Buckets(url)
    yield buckets.of(1)
    buckets.close()


def test_a_store_nobody_called_yet_has_what_every_store_has(bucket: Bucket) -> None:
    assert bucket.take(600) == 0
    assert bucket.take(600) == pytest.approx((600 - 400) / 50, abs=2)


def test_points_that_are_not_there_are_not_taken(bucket: Bucket) -> None:
    bucket.learn(100, 2000, 1)
    assert bucket.take(150) == pytest.approx(50, abs=2)
    assert bucket.take(150) == pytest.approx(50, abs=2)
    assert bucket.take(100) == 0


def test_points_come_back_with_time(bucket: Bucket) -> None:
    bucket.learn(0, 2000, 1000)
    assert bucket.take(200) > 0
    time.sleep(0.25)
    assert bucket.take(200) == 0


def test_no_more_comes_back_than_fits(bucket: Bucket) -> None:
    bucket.learn(100, 100, 100)
    time.sleep(0.05)
    assert bucket.take(100) == 0
    assert bucket.take(100) > 0


def test_what_shopify_said_replaces_what_was_reckoned(bucket: Bucket) -> None:
    bucket.learn(10, 2000, 100)
    assert bucket.take(1000) == pytest.approx(9.9, abs=2)
    bucket.learn(1500, 2000, 100)
    assert bucket.take(1000) == 0


def test_asking_for_more_than_fits_waits_for_a_full_bucket_and_no_longer(bucket: Bucket) -> None:
    bucket.learn(50, 100, 10)
    assert bucket.take(1000) == pytest.approx(5, abs=2)
    bucket.learn(100, 100, 10)
    assert bucket.take(1000) == 0


def test_a_debt_is_waited_for(bucket: Bucket) -> None:
    bucket.learn(-100, 2000, 100)
    assert bucket.take(100) == pytest.approx(2, abs=1.5)


@pytest.fixture
def redis(valkey_url: str) -> Redis:
    """The server all processes share, empty."""
    client = Redis.from_url(valkey_url)
    client.flushall()
    return client


def test_processes_share_a_store_and_stores_share_nothing(valkey_url: str, redis: Redis) -> None:
    here, there = Buckets(valkey_url), Buckets(valkey_url)
    here.of(1).learn(100, 2000, 1)
    assert there.of(1).take(100) == 0
    assert here.of(1).take(100) > 0
    assert here.of(2).take(100) == 0


def test_many_at_once_never_take_more_than_there_is(valkey_url: str, redis: Redis) -> None:
    Buckets(valkey_url).of(1).learn(1000, 2000, 0.001)
    taken: list[int] = []

    def work() -> None:
        mine = Buckets(valkey_url).of(1)
        taken.extend(1 for _ in range(40) if mine.take(10) == 0)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 100


def test_a_store_that_is_no_longer_called_leaves_nothing_behind(valkey_url: str, redis: Redis) -> None:
    Buckets(valkey_url).of(1).take(1)
    (key,) = redis.keys()
    assert 0 < redis.ttl(key) <= KEPT_S


def test_a_flushed_server_gives_every_store_what_a_new_one_has(valkey_url: str, redis: Redis) -> None:
    mine = Buckets(valkey_url).of(1)
    mine.learn(0, 2000, 1)
    redis.flushall()
    assert mine.take(1000) == 0


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A server of one's own to hurt: its address and process id."""
    socket = Path(f"/tmp/rg-b{os.getpid()}.sock")
    process = servers.start_valkey(socket)
    yield f"unix://{socket}", process.pid
    process.kill()
    process.wait(10)
    socket.unlink(missing_ok=True)


def test_a_dead_server_leaves_each_process_with_its_own_reckoning(doomed: tuple[str, int]) -> None:
    url, pid = doomed
    mine = Buckets(url).of(1)
    mine.learn(300, 2000, 1)
    os.kill(pid, signal.SIGKILL)
    assert mine.take(200) == 0
    assert mine.take(200) > 0
    mine.learn(2000, 2000, 1)
    assert mine.take(200) == 0


def test_a_hung_server_holds_nobody_up(doomed: tuple[str, int]) -> None:
    url, pid = doomed
    mine = Buckets(url).of(1)
    assert mine.take(1) == 0
    os.kill(pid, signal.SIGSTOP)
    # The best of some: a busy machine is slow by itself.
    assert spent_s(mine) < 0.25
    assert min(spent_s(Buckets(url).of(1)) for _ in range(3)) < 0.25
    os.kill(pid, signal.SIGCONT)


def spent_s(bucket: Bucket) -> float:
    """How long taking points and learning of them takes, the first time and from then on."""
    started_s = time.monotonic()
    for _ in range(20):
        assert bucket.take(1) == 0
        bucket.learn(100, 2000, 1)
    return time.monotonic() - started_s


def test_a_server_that_is_back_is_shared_again_after_some_seconds(doomed: tuple[str, int]) -> None:
    url, pid = doomed
    now_s = [0.0]
    buckets = Buckets(url, lambda: now_s[0])
    mine = buckets.of(1)
    os.kill(pid, signal.SIGSTOP)
    mine.take(1)
    os.kill(pid, signal.SIGCONT)
    mine.learn(5, 2000, 1)
    assert Redis.from_url(url).keys() == []
    now_s[0] = 6.0
    mine.learn(5, 2000, 1)
    assert len(Redis.from_url(url).keys()) == 1


def test_a_process_alone_reckons_by_a_clock_that_is_never_set_back() -> None:
    now_s = [100.0]
    alone = LocalBucket(lambda: now_s[0])
    alone.learn(0, 2000, 10)
    now_s[0] += 30
    assert alone.take(301) == pytest.approx(0.1)
    assert alone.take(300) == 0
