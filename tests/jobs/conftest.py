"""Queue servers and workplaces for the tests of the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from core.jobs.queue import RedisBell
from tests.workplace import Workplace


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    """A connection to a real queue server that holds nothing."""
    with Redis.from_url(valkey_url) as connection:
        connection.flushall()
        yield connection


@pytest.fixture
def bell(redis: Redis, valkey_url: str) -> Iterator[RedisBell]:
    """The bell the product rings."""
    ringing = RedisBell(valkey_url)
    yield ringing
    ringing.close()


@pytest.fixture
def workplace(redis: Redis, sqlite_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Workplace]:
    """A fresh database and an empty queue."""
    with Workplace.open(sqlite_url, valkey_url, tmp_path) as place:
        yield place
