"""A platform that delivers while things go wrong, and sends again whatever was not taken."""

from __future__ import annotations

import http.client
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from sandbox.synthetic_store import SignedDelivery
from tests.delivering import deliver
from tests.robust.shops import Shop

THREADS = 4
AGAIN_AFTER_S = 0.1


@dataclass(frozen=True)
class Answered:
    """What became of one try."""

    at_s: float
    """When it began, on the monotonic clock."""
    took_s: float
    status: int | None
    """None: the connection broke."""
    body: bytes


@dataclass
class Sender:
    """Deliveries of several stores on their way."""

    port: int
    waiting: deque[tuple[Shop, SignedDelivery]]
    pause_s: float
    """Between two deliveries of one thread, so that they last while things happen."""
    answers: list[Answered] = field(default_factory=list)

    def accepted(self) -> list[bytes]:
        """The bodies answered 200 so far."""
        return [answer.body for answer in self.answers if answer.status == 200]

    def between(self, began_s: float, ended_s: float) -> list[Answered]:
        """The tries that began and ended between two moments."""
        return [
            answer
            for answer in self.answers
            if began_s <= answer.at_s and answer.at_s + answer.took_s <= ended_s
        ]

    def send_all(self) -> None:
        """Until everything was taken."""
        while self.waiting:
            try:
                shop, delivery = self.waiting.popleft()
            except IndexError:
                return
            if self._try(shop, delivery) != 200:
                self.waiting.append((shop, delivery))
                time.sleep(AGAIN_AFTER_S)
            time.sleep(self.pause_s)

    def _try(self, shop: Shop, delivery: SignedDelivery) -> int | None:
        began_s = time.monotonic()
        try:
            status = deliver(self.port, shop.store, delivery.body, delivery.headers)
        except (OSError, http.client.HTTPException):
            status = None
        self.answers.append(Answered(began_s, time.monotonic() - began_s, status, delivery.body))
        return status


@contextmanager
def sending(port: int, shops: Sequence[Shop], pause_s: float) -> Iterator[Sender]:
    """All that the shops have to say, shuffled, sent from the side; all of it was taken at the end."""
    posts = [(shop, delivery) for shop in shops for delivery in shop.deliveries]
    Random(9).shuffle(posts)
    sender = Sender(port, deque(posts), pause_s)
    threads = [threading.Thread(target=sender.send_all) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield sender
    except BaseException:
        sender.waiting.clear()
        raise
    finally:
        for thread in threads:
            thread.join()
