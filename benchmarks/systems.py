"""The four systems that are measured, all behind the same web server and with the same requests."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from redis import Redis
from sqlalchemy import Engine

from benchmarks import sums
from benchmarks.beds import looking
from benchmarks.naive.models import Base
from benchmarks.naive.worker import QUEUE
from benchmarks.place import Place
from benchmarks.processes import Trouble, python, start, stop
from benchmarks.stream import Posted
from benchmarks.watching import Watch

READY_WITHIN_S = 30
SETTLED_WITHIN_S = 180
LOOK_EVERY_S = 0.005


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that came for the first time. Times are of the monotonic clock."""

    posted: Posted
    sent_ns: int
    answered_ns: int


class Running(Protocol):
    """A system while it runs."""

    port: int
    roots: Mapping[str, Sequence[int]]
    """The processes of each part, whose descendants belong to it too."""

    def wait_until_settled(self, posted: int, since_ns: int) -> int:
        """When the points of all so many deliveries could be read; none is accepted after `since_ns`."""
        ...

    def delays_ns(self, accepted: Sequence[Accepted]) -> list[int]:
        """From sending to readable points; none where that is not looked at."""
        ...

    def check(self, posted: Sequence[Posted]) -> None:
        """Raise WrongSums unless everything posted so far came to what it should."""
        ...


@dataclass(frozen=True, slots=True)
class System:
    """One way to take deliveries."""

    name: str
    title: str
    run: Callable[[Place], AbstractContextManager[Running]]
    """Starts its processes over a fresh database and an empty queue, and ends them."""


@dataclass(slots=True)
class RunningRegulars:
    """The product: web, a worker for points, the beat."""

    port: int
    roots: Mapping[str, Sequence[int]]
    engine: Engine
    watch: Watch

    def wait_until_settled(self, posted: int, since_ns: int) -> int:  # noqa: ARG002
        return self.watch.wait_until_settled(since_ns, SETTLED_WITHIN_S)

    def delays_ns(self, accepted: Sequence[Accepted]) -> list[int]:
        with self.engine.connect() as db:
            rows = db.exec_driver_sql("SELECT delivery_ref, id FROM inbox")
            inbox_ids: dict[str, int] = dict(tuple(row) for row in rows)
        return [
            self.watch.readable_ns(one.posted.store, inbox_ids[one.posted.delivery_ref], one.answered_ns)
            - one.sent_ns
            for one in accepted
        ]

    def check(self, posted: Sequence[Posted]) -> None:
        with self.engine.connect() as db:
            sums.check_regulars(db, posted, self.watch.store_ids)


@contextmanager
def run_regulars(place: Place) -> Iterator[RunningRegulars]:
    """The product as `bin/start` runs it, less the worker for calls to platforms, which has nothing to do."""
    port = free_port()
    commands = {
        "web": python("cli.serve", "127.0.0.1", str(port)),
        "worker": python("worker", "points"),
        "beat": python("worker", "beat"),
    }
    with fresh_database(place, place.installation.template_url) as url, looking(url) as engine:
        environ = place.installation.environ(url, place.redis_url)
        with running_processes(place, commands, environ, port) as roots:
            watch = Watch(engine, place.installation.store_ids)
            with watch.running():
                yield RunningRegulars(port, roots, engine, watch)


@dataclass(slots=True)
class RunningNaive:
    """The naive pipeline: web and one RQ worker."""

    port: int
    roots: Mapping[str, Sequence[int]]
    engine: Engine
    redis: Redis

    def wait_until_settled(self, posted: int, since_ns: int) -> int:  # noqa: ARG002
        ends_at = time.monotonic() + SETTLED_WITHIN_S
        while self.redis.zcard(f"rq:finished:{QUEUE}") < posted:
            if self.redis.zcard(f"rq:failed:{QUEUE}") or time.monotonic() > ends_at:
                raise Trouble("jobs of the naive pipeline failed or did not end in time")
            time.sleep(LOOK_EVERY_S)
        return time.monotonic_ns()

    def delays_ns(self, accepted: Sequence[Accepted]) -> list[int]:  # noqa: ARG002
        return []

    def check(self, posted: Sequence[Posted]) -> None:
        with self.engine.connect() as db:
            sums.check_naive(db, posted)


def naive_with(kind: str) -> Callable[[Place], AbstractContextManager[RunningNaive]]:
    """The naive pipeline with RQ's forking worker or its simple one."""

    @contextmanager
    def run(place: Place) -> Iterator[RunningNaive]:
        port = free_port()
        commands = {
            "web": python("benchmarks.serve", "benchmarks.naive.app", str(port)),
            "worker": python("benchmarks.naive.worker", kind),
        }
        with fresh_database(place) as url, looking(url) as engine, Redis.from_url(place.redis_url) as redis:
            Base.metadata.create_all(engine)
            environ = {"DATABASE_URL": url, "REDIS_URL": place.redis_url}
            with running_processes(place, commands, environ, port) as roots:
                yield RunningNaive(port, roots, engine, redis)

    return run


@dataclass(slots=True)
class RunningEmpty:
    """The web server around a view that does nothing."""

    port: int
    roots: Mapping[str, Sequence[int]]

    def wait_until_settled(self, posted: int, since_ns: int) -> int:  # noqa: ARG002
        return since_ns

    def delays_ns(self, accepted: Sequence[Accepted]) -> list[int]:  # noqa: ARG002
        return []

    def check(self, posted: Sequence[Posted]) -> None:
        """There is nothing to add up."""


@contextmanager
def run_empty(place: Place) -> Iterator[RunningEmpty]:
    """The most the server leaves to anybody."""
    port = free_port()
    with running_processes(
        place, {"web": python("benchmarks.serve", "benchmarks.empty", str(port))}, {}, port
    ) as roots:
        yield RunningEmpty(port, roots)


REGULARS = System("regulars", "Regulars", run_regulars)
SIMPLE = System("simple", "naive, SimpleWorker", naive_with("simple"))
NAIVE = System("naive", "naive, forking Worker", naive_with("fork"))
EMPTY = System("empty_view", "empty view", run_empty)


@contextmanager
def fresh_database(place: Place, template_url: str | None = None) -> Iterator[str]:
    """A database like the template, beside an empty queue; its address."""
    with Redis.from_url(place.redis_url) as redis:
        redis.flushall()
    url = place.bed.create(template_url)
    try:
        yield url
    finally:
        place.bed.drop(url)


@contextmanager
def running_processes(
    place: Place, commands: Mapping[str, tuple[str, ...]], environ: Mapping[str, str], port: int
) -> Iterator[dict[str, tuple[int, ...]]]:
    """The processes of each part, once the web server listens."""
    started = {part: start(words, environ, place.log_file) for part, words in commands.items()}
    try:
        ends_at = time.monotonic() + READY_WITHIN_S
        while not _listens(port):
            if time.monotonic() > ends_at or any(one.poll() is not None for one in started.values()):
                raise Trouble(
                    f"a process did not start; it said:\n{place.log_file.read_text('utf-8')[-3000:]}"
                )
            time.sleep(0.02)
        yield {**place.roots(), **{part: (process.pid,) for part, process in started.items()}}
    finally:
        stop(list(started.values()))


def free_port() -> int:
    """A port nobody listens on, outside the range the kernel gives to outgoing connections."""
    while _listens(port := random.randrange(20_000, 32_000)):
        pass
    return port


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
