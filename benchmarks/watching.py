"""Seen from another connection: from when on a delivery's points can be read.

A cheap look, again and again: per store the oldest delivery that is still `new`. A delivery that was
answered before a look and is older than that one has been settled, and its points are there to be read.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from benchmarks.processes import Trouble

LOOK_EVERY_S = 0.02
NEVER = 2**63


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw. Times are of the monotonic clock."""

    began_ns: int
    ended_ns: int
    oldest_new: tuple[int, ...]
    """Per store the oldest delivery waiting; NEVER: none waits."""


@dataclass(slots=True)
class Watch:
    """All looks so far, oldest first."""

    engine: Engine
    store_ids: Sequence[int]
    looks: list[Look] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look while the block runs."""
        ended = threading.Event()
        thread = threading.Thread(target=self._look_until, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _look_until(self, ended: threading.Event) -> None:
        with self.engine.connect() as db:
            while not ended.wait(LOOK_EVERY_S):
                self.looks.append(self._look(db))

    def _look(self, db: Connection) -> Look:
        oldest = ", ".join(
            f"(SELECT min(id) FROM inbox WHERE store_id = {store_id} AND state = 'new')"
            for store_id in self.store_ids
        )
        began_ns = time.monotonic_ns()
        row = db.exec_driver_sql(f"SELECT {oldest}").one()
        return Look(began_ns, time.monotonic_ns(), tuple(NEVER if one is None else one for one in row))

    def wait_until_settled(self, since_ns: int, within_s: float) -> int:
        """When, after `since_ns`, nothing was new any more. Raises Trouble when that does not come."""
        ends_at = time.monotonic() + within_s
        while time.monotonic() < ends_at:
            for look in reversed(self.looks[-3:]):
                if look.began_ns > since_ns and set(look.oldest_new) == {NEVER}:
                    return look.ended_ns
            time.sleep(LOOK_EVERY_S)
        raise Trouble(f"deliveries were still waiting {within_s:.0f} s after the last one was accepted")

    def readable_ns(self, store: int, inbox_id: int, answered_ns: int) -> int:
        """The first look after the answer that found this delivery settled."""
        at = bisect_left(self.looks, answered_ns, key=lambda look: look.began_ns)
        return next(look.ended_ns for look in self.looks[at:] if look.oldest_new[store] > inbox_id)
