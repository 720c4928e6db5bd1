"""What is between the store and its callers: one lock, one clock, failures to order, and who sends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.woocommerce import outbox, rest
from sandbox.woocommerce.deliveries import next_sending
from sandbox.woocommerce.faults import Faults
from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.rest import HalfDone, Request, Response
from sandbox.woocommerce.store import Store

Send = Callable[[Sending], int | None]
"""Makes a request; the status that was answered, None for none."""


@dataclass(slots=True)
class Door:
    """A store with many callers at once."""

    store: Store
    now: Callable[[], datetime]
    send: Send
    faults: Faults = field(default_factory=Faults)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _runner: threading.Lock = field(default_factory=threading.Lock)

    def call(self, request: Request) -> Response:
        """One request of the REST API, done by its steps. Others get between them."""
        with self.lock:
            step = rest.begin(self.store, request, self.now())
        if isinstance(step, HalfDone):
            time.sleep(self.faults.gaps_s.pop(0) if self.faults.gaps_s else 0)
            with self.lock:
                step = step.finish(self.now())
        for sending in step.before:
            self.send(sending)
        return step

    def deliver(self) -> int:
        """Send what is due, one after the other, as the store's only runner; how many were sent."""
        sent = 0
        with self._runner:
            while True:
                with self.lock:
                    sending = next_sending(self.store, self.now())
                if sending is None:
                    return sent
                status = self.send(sending)
                sent += 1
                with self.lock:
                    if webhook := self.store.webhooks.get(sending.webhook_id):
                        outbox.answered(webhook, status)
