"""The web server the product uses, over either kind of database, spoken to over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from core.domain.stores import Store
from core.services.keys import MadeKey, make_key
from tests.webhooks.conftest import free_port, wait_until_up
from tests.world import World


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    json: Any


@dataclass(frozen=True)
class Site:
    """A served installation."""

    world: World
    port: int

    def get(self, path: str, key: str | None = None, **headers: str) -> Answer:
        """Ask for a path over a connection of its own."""
        return self._ask("GET", path, key, None, headers)

    def post(self, path: str, body: object, key: str | None = None, **headers: str) -> Answer:
        """Send JSON, or bytes as they are, over a connection of its own."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask("POST", path, key, sent, {"Content-Type": "application/json", **named})

    def _ask(
        self, method: str, path: str, key: str | None, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        sent = {**({"Authorization": f"Bearer {key}"} if key else {}), **headers}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as line:
            line.request(method, path, body, sent)
            response = line.getresponse()
            return Answer(response.status, response.msg, json.loads(response.read()))

    def key(self, store: Store, note: str = "") -> MadeKey:
        """A new key of the store."""
        secret = f"{next(self.world.numbers):064x}"
        with self.world.database.write(store.store_id) as db:
            return make_key(db, store, note, secret, self.world.now)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Site:
    """`python -m cli.serve` over an installation of either kind."""
    served: Site = request.getfixturevalue(f"{request.param}_site")
    return served


@pytest.fixture(scope="session")
def sqlite_site(lasting_sqlite_world: World) -> Iterator[Site]:
    """On SQLite."""
    yield from serving(lasting_sqlite_world)


@pytest.fixture(scope="session")
def postgresql_site(lasting_postgres_world: World) -> Iterator[Site]:
    """On PostgreSQL."""
    yield from serving(lasting_postgres_world)


def serving(world: World) -> Iterator[Site]:
    """Serve a world until the tests are over."""
    settings, port = world.env.settings, free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.serve", "127.0.0.1", str(port)],
        cwd=Path(__file__).parents[2],
        env={
            "PATH": os.environ["PATH"],
            "REGULARS_DATA": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
        },
    )
    try:
        wait_until_up(process, port)
        yield Site(world, port)
    finally:
        process.terminate()
        process.wait(20)
