"""Work that several threads bring at one moment, done at once by one of them.

Whoever comes while nobody works does so for all who wait; the others sleep until it is done. Nobody waits
for company: a thread that comes alone works alone, at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Ticket(Generic[T]):
    """One thread's share of the work."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.is_done = False
        self.error: Exception | None = RuntimeError("the thread that did the work for all came to an end")
        # As a semaphore that begins at zero, at a tenth of its price.
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def sleep(self) -> None:
        """Until the work is done, or it is this thread's turn to do it."""
        self._asleep.acquire()

    def wake(self) -> None:
        """Let the thread that sleeps go on."""
        self._asleep.release()


class Together(Generic[T]):
    """Collects items and has them worked on in batches, one batch at a time."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[Exception | None]], most: int) -> None:
        """`work` takes at most `most` items and says for each whether it failed, instead of raising."""
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[Ticket[T]] = []
        self._somebody_works = False

    def do(self, item: T) -> Sequence[T]:
        """Have this item worked on, and return all items that this very thread has worked on.

        They are none when another thread did it. Raises what `work` said of this item.
        """
        ticket = Ticket(item)
        with self._lock:
            self._waiting.append(ticket)
            is_mine = not self._somebody_works
            self._somebody_works = True
        if not is_mine:
            ticket.sleep()
        batch = [] if ticket.is_done else self._lead()
        if ticket.error is not None:
            raise ticket.error
        return [one.item for one in batch]

    def _lead(self) -> list[Ticket[T]]:
        """Work on those who wait, wake them, and let one of those who came meanwhile go on."""
        with self._lock:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            for ticket, error in zip(batch, self._work([one.item for one in batch]), strict=True):
                ticket.error = error
        finally:
            # The next batch first: it waits for the disk while this one's threads answer.
            with self._lock:
                self._somebody_works = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].wake()
            for ticket in batch:
                ticket.is_done = True
                ticket.wake()
        return batch
