"""What may go wrong between a caller and the store. Decides; the skin does it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.shopify.reply import Reply


class Fault(StrEnum):
    """How the next call ends."""

    TIMEOUT_BEFORE = "timeout-before"
    """Nothing is done, and no answer comes."""
    TIMEOUT_AFTER = "timeout-after"
    """It is done, and no answer comes."""
    RESET_BEFORE = "reset-before"
    """Nothing is done, and the connection breaks."""
    RESET_AFTER = "reset-after"
    """It is done, and the connection breaks."""
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    FROZEN = "402"
    """The shop's bill is not paid."""
    LOCKED = "423"
    NO_SHOP = "404"
    """The shop is closed for good."""
    HTML = "html"
    """A page with status 200: nothing is done."""
    REDIRECT = "redirect"
    SLOW = "slow"
    """It is done, and the answer comes after a while."""


class Ending(StrEnum):
    """What the caller gets."""

    ANSWER = "answer"
    SLOW_ANSWER = "slow answer"
    SILENCE = "silence"
    RESET = "reset"


@dataclass(frozen=True)
class Outcome:
    """How one call ended; without a reply where nothing is said."""

    ending: Ending
    reply: Reply | None = None


_HTML = {"Content-Type": "text/html"}
_INSTEAD = {
    Fault.TOO_MANY: Reply(429, b'{"errors": "Exceeded the call limit"}', {"Retry-After": "2.0"}),
    Fault.SERVER_ERROR: Reply(500, b"<html>Something went wrong</html>", _HTML),
    Fault.UNAVAILABLE: Reply(503, b"<html>Service unavailable</html>", _HTML),
    Fault.FROZEN: Reply(402, b'{"errors": "Unavailable Shop"}', {}),
    Fault.LOCKED: Reply(423, b'{"errors": "Locked"}', {}),
    Fault.NO_SHOP: Reply(404, b'{"errors": "Not Found"}', {}),
    Fault.HTML: Reply(200, b"<!doctype html><title>Just a moment</title>", _HTML),
    Fault.REDIRECT: Reply(301, b"", {"Location": "https://elsewhere.example/"}),
}
_BEFORE = {Fault.TIMEOUT_BEFORE: Ending.SILENCE, Fault.RESET_BEFORE: Ending.RESET}
_AFTER = {Fault.TIMEOUT_AFTER: Ending.SILENCE, Fault.RESET_AFTER: Ending.RESET}


@dataclass
class Faults:
    """What is to go wrong, one call after the other."""

    waiting: deque[Fault] = field(default_factory=deque)

    def fail(self, faults: Iterable[Fault]) -> None:
        """The next calls end like this, one each."""
        self.waiting.extend(faults)

    def around(self, call: Callable[[], Reply]) -> Outcome:
        """Make the call, or do not, and say how it ends."""
        fault = self.waiting.popleft() if self.waiting else None
        if fault is None:
            return Outcome(Ending.ANSWER, call())
        if fault in _INSTEAD:
            return Outcome(Ending.ANSWER, _INSTEAD[fault])
        if fault in _BEFORE:
            return Outcome(_BEFORE[fault])
        reply = call()
        if fault in _AFTER:
            return Outcome(_AFTER[fault])
        return Outcome(Ending.SLOW_ANSWER, reply)
