"""Databases and queue servers that belong to one test, since it kills them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robust.queue_server import QueueServer, queue_servers
from tests.workplace import Workplace


@pytest.fixture
def queue_server() -> Iterator[QueueServer]:
    """A Valkey of the test's own."""
    with queue_servers() as server:
        yield server


@pytest.fixture
def place(database_url: str, queue_server: QueueServer, tmp_path: Path) -> Iterator[Workplace]:
    """A database of either kind beside a queue server."""
    with Workplace.open(database_url, queue_server.url, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite_place(sqlite_url: str, queue_server: QueueServer, tmp_path: Path) -> Iterator[Workplace]:
    """The same on SQLite, where the kind of database cannot matter."""
    with Workplace.open(sqlite_url, queue_server.url, tmp_path) as opened:
        yield opened


@pytest.fixture
def postgres_place(postgres_url: str, queue_server: QueueServer, tmp_path: Path) -> Iterator[Workplace]:
    """The same on PostgreSQL, as in production."""
    with Workplace.open(postgres_url, queue_server.url, tmp_path) as opened:
        yield opened
