"""Ringing from the side: whoever rings waits for nobody, and every store is rung after its last note."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.jobs.aside import AsideBell
from core.jobs.bell import DRAIN
from tests.eventually import eventually

BIRCH, ACORN = 1, 2


@dataclass
class StuckBell:
    """A bell on a queue server that answers only when it is let."""

    rung: list[tuple[str, int]] = field(default_factory=list)
    is_let: threading.Event = field(default_factory=threading.Event)

    def ring(self, job: str, store_id: int) -> bool:
        return self.ring_all([(job, store_id)])

    def ring_all(self, calls: Sequence[tuple[str, int]]) -> bool:
        self.rung += calls
        return self.is_let.wait(20)


def test_whoever_rings_does_not_wait_for_a_queue_server_that_hangs() -> None:
    stuck = StuckBell()
    bell = AsideBell(stuck)
    began_s = time.monotonic()
    assert all(bell.ring(DRAIN, number) for number in range(1000))
    assert time.monotonic() - began_s < 0.5
    stuck.is_let.set()
    eventually(lambda: {store_id for _, store_id in stuck.rung} == set(range(1000)))


def test_a_store_noted_while_it_is_being_rung_is_rung_once_more() -> None:
    stuck = StuckBell()
    bell = AsideBell(stuck)
    bell.ring(DRAIN, BIRCH)
    eventually(lambda: stuck.rung == [(DRAIN, BIRCH)])
    for _ in range(10):
        bell.ring(DRAIN, BIRCH)
        bell.ring(DRAIN, ACORN)
    stuck.is_let.set()
    eventually(lambda: len(stuck.rung) == 3)
    time.sleep(0.2)
    assert sorted(stuck.rung) == [(DRAIN, BIRCH), (DRAIN, BIRCH), (DRAIN, ACORN)]


def test_a_store_in_a_hurry_is_rung_at_once_and_then_once_in_a_while() -> None:
    free = StuckBell()
    free.is_let.set()
    bell = AsideBell(free, rest_s=0.2)
    began_s = time.monotonic()
    while time.monotonic() - began_s < 0.5:
        bell.ring(DRAIN, BIRCH)
        time.sleep(0.005)
    assert 2 <= len(free.rung) <= 4
    bell.ring(DRAIN, BIRCH)
    after = len(free.rung)
    eventually(lambda: len(free.rung) == after + 1)
