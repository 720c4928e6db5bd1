"""Deliveries are answered in milliseconds, whatever becomes of the queue server."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core.domain.stores import Store
from tests.delivering import deliver, free_port, is_healthy
from tests.eventually import at_leisure, eventually
from tests.payloads import a_recent_order, body_of
from tests.robust.queue_server import QueueServer
from tests.workplace import Workplace

FIRST_ONES = 40
QUICKLY_S = 0.2
"""Less than a single time-out of the queue server."""


@pytest.mark.parametrize("trouble", [QueueServer.hang, QueueServer.kill])
def test_no_delivery_waits_for_a_queue_server_that_is_hung_or_dead(
    sqlite_place: Workplace, queue_server: QueueServer, trouble: Callable[[QueueServer], None]
) -> None:
    birch = sqlite_place.world.connect()
    port = free_port()
    sqlite_place.run("cli.serve", "127.0.0.1", str(port))
    eventually(lambda: is_healthy(port))
    assert deliver(port, birch, body_of(a_recent_order(1))) == 200

    trouble(queue_server)
    took_s = [seconds_to_answer(port, birch, number) for number in range(2, 2 + FIRST_ONES)]
    assert max(took_s) < at_leisure(QUICKLY_S)
    assert sqlite_place.world.inbox(birch) == {"new": 1 + FIRST_ONES}


def seconds_to_answer(port: int, store: Store, number: int) -> float:
    """Until a delivery of an order of its own is answered 200."""
    body = body_of(a_recent_order(number))
    began_s = time.monotonic()
    assert deliver(port, store, body) == 200
    return time.monotonic() - began_s
