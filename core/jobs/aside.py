"""A bell for those who must not wait, not even for a queue server's time-out."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from core.jobs.bell import Bell


class AsideBell:
    """Notes who is to be rung and returns at once; one thread of this process rings them.

    However slow the queue server is, a caller waits for none of it. What is noted when the process ends is
    lost, as any bell may be. A store noted again before its turn is rung once.
    """

    def __init__(self, bell: Bell) -> None:
        """Starts nothing yet: a process may fork after it made its bell."""
        self._bell = bell
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
                noted, self._noted = self._noted, {}
            self._bell.ring_all(list(noted))
