"""A bell for those who must not wait, not even for a queue server's time-out."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from core.jobs.bell import Bell

REST_S = 0.1
"""Longer than a drain of few deliveries takes, shorter than anybody waits for points."""


class AsideBell:
    """Notes who is to be rung and returns at once; one thread of this process rings them.

    However slow the queue server is, a caller waits for none of it. What is noted when the process ends is
    lost, as any bell may be. A store is rung at once, and then at most once in `rest_s`: what comes in
    between shares one job, which costs as much for one delivery as for a dozen.
    """

    def __init__(self, bell: Bell, rest_s: float = REST_S) -> None:
        """Starts nothing yet: a process may fork after it made its bell."""
        self._bell = bell
        self._rest_s = rest_s
        self._rung_s: dict[tuple[str, int], float] = {}
        """When each was last rung, of those that still rest."""
        self._noted: dict[tuple[str, int], None] = {}
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def ring(self, job: str, store_id: int) -> bool:
        """True: it will be rung. Whether anybody hears it is not waited for."""
        with self._news:
            self._noted[job, store_id] = None
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._ring_for_ever, name="bell", daemon=True)
                self._thread.start()
            self._news.notify()
        return True

    def ring_all(self, calls: Sequence[tuple[str, int]]) -> bool:
        """The same for each of them."""
        return all(self.ring(job, store_id) for job, store_id in calls)

    def _ring_for_ever(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._noted)
                rested = self._rested(time.monotonic())
                if not rested:
                    self._news.wait(self._rest_s / 4)
                    continue
                for call in rested:
                    del self._noted[call]
            self._bell.ring_all(rested)

    def _rested(self, now_s: float) -> list[tuple[str, int]]:
        """Who of the noted may be rung now; they rest from here on."""
        self._rung_s = {call: at_s for call, at_s in self._rung_s.items() if now_s - at_s < self._rest_s}
        rested = [call for call in self._noted if call not in self._rung_s]
        self._rung_s |= dict.fromkeys(rested, now_s)
        return rested
