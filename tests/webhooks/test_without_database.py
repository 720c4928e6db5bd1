"""Deliveries that come while the database cannot be reached are refused soon, however many come at once."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from core.db.engine import Database, is_passing
from core.domain.platform import Label
from tests.world import World
from webhooks.intake import Intake

TRIES_S = 0.5
"""What each try to connect costs."""
SENDERS = 12


@pytest.fixture
def unreachable_url() -> Iterator[str]:
    """A database address at which every connection breaks after half a second."""
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse_late() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                time.sleep(TRIES_S)
                connection.close()

    thread = threading.Thread(target=refuse_late)
    thread.start()
    yield f"postgresql+psycopg://nobody@127.0.0.1:{listener.getsockname()[1]}/none?sslmode=disable"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_all_that_come_at_once_are_refused_together(sqlite_world: World, unreachable_url: str) -> None:
    database = Database(unreachable_url)
    intake = Intake(replace(sqlite_world.env, database=database))

    def deliver(number: int) -> Exception | None:
        try:
            intake.keep(1, Label("order.updated", f"d{number}"), b"{}")
        except Exception as error:  # noqa: BLE001
            return error
        return None

    began_s = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders:
        errors = list(senders.map(deliver, range(SENDERS)))
    # The first comes alone, the others share the second try; row by row it would be fourteen.
    assert time.monotonic() - began_s < 6 * TRIES_S
    assert all(error is not None and is_passing(error) for error in errors)
    database.close()
