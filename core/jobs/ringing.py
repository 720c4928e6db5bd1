"""Rings from a thread of its own, so that whoever stores a delivery answers without waiting for Redis."""

from __future__ import annotations

import threading

from core.jobs.queue import RedisBell


class RingingThread:
    """A bell that takes note and returns at once; what is noted at one moment is rung together.

    What is noted when the process dies is not rung: the sweeper finds it.
    """

    def __init__(self, bell: RedisBell) -> None:
        """Starts no thread yet: the process may still fork."""
        self._bell = bell
        self._noted: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self, job: str, store_id: int) -> bool:
        """True: it will be rung for within a moment, if anybody can hear."""
        with self._lock:
            self._noted.add((job, store_id))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ringing", daemon=True)
                self._thread.start()
        self._something.set()
        return True

    def _run(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            with self._lock:
                noted, self._noted = self._noted, set()
            if noted:
                self._bell.ring_all(sorted(noted))
