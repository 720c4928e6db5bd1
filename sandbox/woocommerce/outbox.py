"""The webhook queue: one runner, one thing at a time, no second try.

What is queued is a pair (webhook, id of what changed), once while it waits; the payload is built when it is
sent. So a burst of changes is told once, as things stand then, and what was deleted meanwhile is told as an
error body, signed like any other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DISABLED_AT_FAILURES = 7
"""The consecutive failure that switches a webhook off."""
RUN_LASTS = timedelta(seconds=26)
"""After so long a run ends, however much is waiting; the next one begins with a visit."""
_SALT = b"a salt of the store's own"


@dataclass(slots=True)
class Webhook:
    """A webhook as the store keeps it."""

    webhook_id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created_at: datetime
    status: str = "active"
    failures: int = 0
    """Consecutive ones. Setting the status leaves them as they are: the very next failure disables again."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One request that the store makes now."""

    webhook_id: int
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Outbox:
    """What waits to be sent, and whether somebody woke the runner."""

    run_every: timedelta = timedelta(0)
    """How long after a run began a visit may begin the next; a minute in WordPress."""
    waiting: list[tuple[int, int]] = field(default_factory=list)
    began_at: datetime | None = None
    is_running: bool = False

    def queue(self, webhook_id: int, arg: int) -> None:
        """Once for a pair, however often it changes before it is sent."""
        if (webhook_id, arg) not in self.waiting:
            self.waiting.append((webhook_id, arg))

    def visit(self, now: datetime) -> None:
        """Any request to the store may begin a run; on a store that nobody visits nothing is ever sent."""
        if self.began_at is None or now - self.began_at >= self.run_every:
            self.is_running, self.began_at = True, now

    def take(self, now: datetime) -> tuple[int, int] | None:
        """What the runner sends next; None: nothing waits, or no run is under way."""
        is_over = self.began_at is not None and now - self.began_at > RUN_LASTS
        if not self.is_running or is_over or not self.waiting:
            self.is_running = False
            return None
        return self.waiting.pop(0)


def answered(webhook: Webhook, status: int | None) -> None:
    """What the receiver said; None: nothing. A redirect is a success, and nobody follows it."""
    if status is not None and (200 <= status < 300 or status in {301, 302}):
        webhook.failures = 0
        return
    if webhook.failures >= DISABLED_AT_FAILURES - 1:
        webhook.status = "disabled"
        return
    webhook.failures += 1


def delivery_id(webhook_id: int, now: datetime) -> str:
    """One per webhook and second: different orders of one second share it."""
    # MD5 is what WordPress uses here; nothing depends on its strength.
    return hmac.new(_SALT, f"{webhook_id}{int(now.timestamp())}".encode(), hashlib.md5).hexdigest()
