"""What an answer of Shopify's Admin API means: its data, or which of our errors. Decides, calls nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from core.domain.errors import (
    BadDelivery,
    GrantEnded,
    Moved,
    PlatformRefused,
    PlatformUnavailable,
    StoreUnauthorized,
)
from core.domain.payload import clean_text, parse_object, told_text
from integrations.shopify.errors import AccessDenied, NoSuchShop
from integrations.shopify.wire import Answer

_DEAD_TOKEN = "Non-expiring access tokens are no longer accepted"  # noqa: S105
"""Shopify answers 403 with it to tokens that were good once; any other 403 means a missing right."""

_CLOSED_FOR_NOW = {
    402: "the store is frozen until its Shopify bill is paid",
    423: "Shopify has locked the store",
}
"""Its orders and codes are there again when it opens: nothing is given up for it."""
_PASSING_STATUSES = frozenset({408, 425, 429, 430})
_PASSING_CODES = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_UNAPPROVED = ("This app is not approved to use the ", "This app is not approved to access the ")
"""How a denial for protected customer data begins; it may come without a code."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """How much a store's bucket held after a call, in points."""

    available: float
    maximum: float
    restore_rate: float
    """Points per second."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file."""

    content: bytes
    total_bytes: int
    """Of the whole file."""


_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15})", re.ASCII)


def part_of(answer: Answer, at_byte: int) -> Part:
    """A piece of a file that was asked for from a byte on. Raises PlatformUnavailable, PlatformRefused."""
    told = _RANGE.fullmatch(answer.content_range)
    if answer.status == 206 and told is not None and int(told[1]) == at_byte:
        return Part(answer.content, int(told[2]))
    if answer.status == 200 and at_byte == 0:
        return Part(answer.content, len(answer.content))
    if answer.status in {200, 206}:
        raise PlatformRefused("Shopify's file does not come in pieces")
    if answer.status in {401, 403, 404}:
        # Nobody's token was shown: the address of a file ends to be good after seven days.
        raise PlatformRefused(f"Shopify's file is gone (it answered {answer.status})")
    return _refuse_status(answer)


def parsed(answer: Answer) -> dict[str, Any]:
    """The GraphQL answer, errors and all.

    Raises StoreUnauthorized, PlatformRefused or PlatformUnavailable when there is none.
    """
    if answer.status != 200:
        _refuse_status(answer)
    try:
        return parse_object(answer.content)
    except BadDelivery as error:
        raise PlatformUnavailable(f"Shopify's answer is no GraphQL: {error}") from error


def _refuse_status(answer: Answer) -> NoReturn:
    status = answer.status
    if status == 401:
        raise StoreUnauthorized("Shopify does not know the access token any more")
    if status == 403 and _DEAD_TOKEN.encode() in answer.content:
        raise GrantEnded("Shopify takes expiring access tokens only, and this one does not expire")
    if status in _CLOSED_FOR_NOW:
        raise PlatformUnavailable(_CLOSED_FOR_NOW[status], answer.retry_after_s)
    if status == 404:
        raise NoSuchShop
    if status >= 500 or status in _PASSING_STATUSES:
        raise PlatformUnavailable(f"Shopify answered {status}", answer.retry_after_s)
    if 300 <= status < 400:
        raise Moved(f"Shopify answered {status}, a redirect, and none is followed")
    raise PlatformRefused(f"Shopify answered {status}")


def throttle(body: Mapping[str, Any]) -> Throttle | None:
    """The state of the bucket as the answer tells it; None when it does not."""
    told = _inside(body, "extensions", "cost", "throttleStatus")
    available, maximum, rate = (
        _number(told.get(name)) for name in ("currentlyAvailable", "maximumAvailable", "restoreRate")
    )
    if available is None or not maximum or maximum < 0 or not rate or rate < 0:
        return None
    return Throttle(available, maximum, rate)


def data_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer's data, if nothing at all went wrong: a partly failed answer is not used.

    Raises PlatformUnavailable (throttled, or trouble inside Shopify), AccessDenied, PlatformRefused.
    """
    data, errors = body.get("data"), body.get("errors")
    if not errors and isinstance(data, dict):
        return data
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors) or not errors:
        raise PlatformUnavailable("Shopify's answer is no GraphQL: it has neither data nor errors")
    codes = [_code(error) for error in errors]
    if "THROTTLED" in codes:
        raise PlatformUnavailable("Shopify throttles us", _wait_s(body))
    denied = [error for error in errors if _is_denied(error)]
    if denied:
        raise AccessDenied(_what_is_missing(denied), frozenset(map(_spot, denied)))
    if _is_passing({code for code in codes if code}, ran="data" in body):
        raise PlatformUnavailable(f"Shopify failed inside: {_sentence(errors[0])}")
    raise PlatformRefused(f"Shopify refused the query: {_sentence(errors[0])}")


def _is_passing(codes: set[str], *, ran: bool) -> bool:
    """Whether trying again may help. Without a code: not where the document was refused before it ran."""
    return codes <= _PASSING_CODES if codes else ran


def _wait_s(body: Mapping[str, Any]) -> int | None:
    """Until the bucket holds what the call would have cost."""
    requested = _number(_inside(body, "extensions", "cost").get("requestedQueryCost"))
    told = throttle(body)
    if requested is None or told is None:
        return None
    return max(0, math.ceil((min(requested, told.maximum) - told.available) / told.restore_rate))


def _is_denied(error: Mapping[str, Any]) -> bool:
    return _code(error) == "ACCESS_DENIED" or clean_text(error.get("message")).startswith(_UNAPPROVED)


def _what_is_missing(denied: Sequence[Mapping[str, Any]]) -> str:
    told = dict.fromkeys(
        clean_text(_inside(error, "extensions").get("requiredAccess")) or _sentence(error) for error in denied
    )
    spots = ", ".join(sorted(set(map(_spot, denied))))
    return f"Shopify denies {spots or 'access'}: {' '.join(told)}"


def _spot(error: Mapping[str, Any]) -> str:
    """The failed field's path without list positions."""
    path = error.get("path")
    return ".".join(step for step in path if isinstance(step, str)) if isinstance(path, list) else ""


def _sentence(error: Mapping[str, Any]) -> str:
    return told_text(error.get("message")) or _code(error) or "it does not say why"


def _code(error: Mapping[str, Any]) -> str:
    return clean_text(_inside(error, "extensions").get("code"), 60)


def _inside(holder: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The object at this path; empty where there is none."""
    for name in names:
        inner = holder.get(name)
        if not isinstance(inner, Mapping):
            return {}
        holder = inner
    return holder


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    number = float(Decimal(value))
    return number if math.isfinite(number) else None
