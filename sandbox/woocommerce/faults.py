"""Failures to order: what goes wrong with the next calls, before or after the store has acted on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Kind(StrEnum):
    """How a call fails."""

    SILENCE = "silence"
    """Nothing comes back for `seconds`; then the connection ends."""
    RESET = "reset"
    """The connection ends at once."""
    ANSWER = "answer"
    """Something else is answered: `status`, `headers` and `body`."""
    SLOW = "slow"
    """The right answer, after `seconds`."""
    RAW = "raw"
    """`parts` as they stand, `seconds` after each; then the connection ends."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure."""

    kind: Kind
    is_applied: bool = False
    """Whether the store did what it was asked before things went wrong."""
    seconds: float = 0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: tuple[bytes, ...] = ()
    method: str = ""
    """Only for such calls; empty: for any."""
    path: str = ""
    """Only for paths that contain it."""


@dataclass(slots=True)
class Faults:
    """What is still to go wrong, in order."""

    ahead: list[Fault] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    """How long the next calls that make a coupon stop between their two steps: time for a twin."""

    def fail(self, fault: Fault, times: int = 1, *, method: str = "", path: str = "") -> None:
        """Let the next `times` calls that fit fail so."""
        self.ahead += [replace(fault, method=method or fault.method, path=path or fault.path)] * times

    def take(self, method: str, path: str) -> Fault | None:
        """The failure of this call, which is then used up."""
        for at, fault in enumerate(self.ahead):
            if fault.method in {"", method} and fault.path in path:
                return self.ahead.pop(at)
        return None


def time_out(*, applied: bool, seconds: float = 1) -> Fault:
    """No answer; whether the store acted, only a look-up can tell."""
    return Fault(Kind.SILENCE, applied, seconds)


def reset(*, applied: bool) -> Fault:
    """A connection that breaks."""
    return Fault(Kind.RESET, applied)


def answer(
    status: int,
    body: bytes = b"",
    content_type: str = "application/json",
    *,
    applied: bool = False,
    **headers: str,
) -> Fault:
    """Another answer than the right one; `Retry_After="5"` is the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(
        Kind.ANSWER, applied, status=status, body=body, headers={"Content-Type": content_type, **named}
    )


def throttled(seconds: int) -> Fault:
    """429: the host's own rate limit."""
    return answer(429, b"", Retry_After=str(seconds))


def broken(status: int = 500, *, applied: bool = False) -> Fault:
    """WordPress' page for a critical error."""
    return answer(status, b"<html><p>There has been a critical error.", "text/html", applied=applied)


def page(*, applied: bool = False) -> Fault:
    """A good status with somebody's HTML."""
    return answer(200, b"<!doctype html><title>Welcome</title>", "text/html", applied=applied)


def redirected(location: str, status: int = 301) -> Fault:
    """Elsewhere: with 301 and 302 a careless client turns a POST into a GET."""
    return answer(status, b"", "text/html", Location=location)


def slow(seconds: float) -> Fault:
    """The right answer, late."""
    return Fault(Kind.SLOW, is_applied=True, seconds=seconds)


def raw(*parts: bytes, pause_s: float = 0) -> Fault:
    """Bytes as they stand in place of an answer."""
    return Fault(Kind.RAW, parts=parts, seconds=pause_s)


def named(name: str) -> Fault:
    """A failure by its name at the control door. Raises KeyError."""
    return {
        "timeout-before": time_out(applied=False, seconds=60),
        "timeout-after": time_out(applied=True, seconds=60),
        "reset-before": reset(applied=False),
        "reset-after": reset(applied=True),
        "429": throttled(2),
        "500": broken(500),
        "500-after": broken(500, applied=True),
        "503": broken(503),
        "html": page(),
        "html-after": page(applied=True),
        "redirect": redirected("https://elsewhere.example/"),
        "slow": slow(2),
    }[name]
