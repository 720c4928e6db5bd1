"""The webhooks of the stand-in: signed, sent at least once, tried again eight times within four hours.

It sends nothing itself: whoever drives it asks what is due, sends that, and tells what came back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.shopify.schemas import API_VERSION

RETRIES_AFTER_MIN: Final = (1, 2, 4, 8, 15, 30, 60, 120)
"""Eight, four hours in all; how they are spread is a guess."""
ANSWER_WITHIN: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class Sending:
    """One webhook on its way. The body stays that of the moment it was triggered."""

    webhook_id: str
    """The same on every try."""
    event_id: str
    topic: str
    body: bytes
    triggered_at: datetime
    due_at: datetime
    tries: int = 0
    sent_at: datetime | None = None
    """None: not on the wire just now."""


@dataclass
class Outbox:
    """What is still to be delivered, in the order in which it happened."""

    domain: str
    secret: str
    token: Callable[[], str]
    """Draws ids; handed in, so that one seed makes one run."""
    topics: frozenset[str] | None = None
    """Subscribed to; None: all."""
    waiting: dict[str, Sending] = field(default_factory=dict)
    given_up: list[Sending] = field(default_factory=list)

    def put(self, topic: str, body: Mapping[str, Any], now: datetime, event_id: str) -> None:
        """Something happened; `event_id` is shared by everything one happening tells."""
        if self.topics is not None and topic not in self.topics:
            return
        content = json.dumps(body, default=float, separators=(",", ":")).encode()
        sending = Sending(self.token(), event_id, topic, content, now, now)
        self.waiting[sending.webhook_id] = sending

    def due(self, now: datetime) -> list[Sending]:
        """What to send now. What is not reported to `answered` within five seconds counts as unanswered."""
        for sending in list(self.waiting.values()):
            if sending.sent_at is not None and now - sending.sent_at > ANSWER_WITHIN:
                self.answered(sending.webhook_id, None, now)
        ready = [one for one in self.waiting.values() if one.sent_at is None and one.due_at <= now]
        for sending in ready:
            self.waiting[sending.webhook_id] = replace(sending, tries=sending.tries + 1, sent_at=now)
        return [self.waiting[sending.webhook_id] for sending in ready]

    def answered(self, webhook_id: str, status: int | None, now: datetime) -> None:
        """What came back; None: nothing in time. Any 2xx is success, and a redirect is none.

        An answer that comes too late, or twice, changes nothing.
        """
        sending = self.waiting.get(webhook_id)
        if sending is None or sending.sent_at is None:
            return
        if status is not None and 200 <= status < 300:
            del self.waiting[webhook_id]
        elif sending.tries > len(RETRIES_AFTER_MIN):
            self.given_up.append(self.waiting.pop(webhook_id))
        else:
            pause = timedelta(minutes=RETRIES_AFTER_MIN[sending.tries - 1])
            self.waiting[webhook_id] = replace(sending, due_at=now + pause, sent_at=None)

    def headers(self, sending: Sending) -> dict[str, str]:
        """What goes with the body, its signature among it."""
        signed = hmac.digest(self.secret.encode(), sending.body, hashlib.sha256)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": sending.topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(signed).decode(),
            "X-Shopify-Shop-Domain": self.domain,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": sending.webhook_id,
            "X-Shopify-Event-Id": sending.event_id,
            "X-Shopify-Triggered-At": _nanoseconds(sending.triggered_at),
        }


def _nanoseconds(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"
