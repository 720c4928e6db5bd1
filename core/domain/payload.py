"""Signed bytes to Python values, refusing every JSON trick that would make two readers disagree."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core.domain.errors import BadDelivery

_BOM = b"\xef\xbb\xbf"
LARGEST_REF = 2**63 - 1
_TOLD_MOST = 2000
_SIGNS_OF_ADDRESSES = ("@", "\uff20", "%40")
_NUMBER = re.compile(r"\+?\d(?:[ ()./-]{0,3}\d){6,}")
_YEARS = range(1970, 2200)
"""No order was placed outside of them, and days can be counted on from any moment within."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`, as `parse_json` reads it. Raises BadDelivery."""
    parsed = parse_json(body)
    if not isinstance(parsed, dict):
        raise BadDelivery("the body is not a JSON object")
    return parsed


def parse_json(body: bytes) -> object:
    """The JSON value in `body`, floats as Decimal. Raises BadDelivery.

    Refuses what `json.loads` lets pass: duplicate keys, NaN and Infinity, numbers too long to read, nesting
    deep enough to exhaust the stack, and anything that is not UTF-8 (a BOM is accepted).
    """
    if not body.strip():
        raise BadDelivery("the body is empty")
    try:
        parsed: object = json.loads(
            body.removeprefix(_BOM).decode("utf-8"),
            parse_float=exact_decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=unique_keys,
        )
    except UnicodeDecodeError as error:
        raise BadDelivery("the body is not UTF-8") from error
    except RecursionError as error:
        raise BadDelivery("the body is nested too deep") from error
    except ValueError as error:
        raise BadDelivery(f"the body is not JSON we can read: {str(error)[:120]}") from error
    return parsed


def exact_decimal(text: str) -> Decimal:
    """For `json.loads`: a number with decimals, without loss. Raises ValueError."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number is beyond all measure") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `json.loads`: an object in which no key appears twice. Raises ValueError."""
    unique = dict(pairs)
    if len(unique) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise ValueError(f"“{twice[:40]}” appears twice")
    return unique


def reference(value: object) -> str:
    """A platform's id as text: a positive integer below 2^63, or such digits as text, or the tail of a GID.

    Raises BadDelivery for floats, negatives, zero and everything else.
    """
    if isinstance(value, str):
        tail = value.rsplit("/", 1)[-1] if value.startswith("gid://") else value
        value = int(tail) if tail.isascii() and tail.isdigit() and len(tail) <= 19 else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_REF:
        raise BadDelivery("an id is not a positive whole number")
    return str(value)


def rows(value: object, name: str) -> list[Mapping[str, Any]]:
    """The list of objects at `name`. A missing or misshapen list is partial data, never an empty one."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BadDelivery(f"“{name}” is not a list of objects")
    return value


def clean_text(value: object, limit: int = 200) -> str:
    """`value` as text any database takes: NUL and lone surrogates become U+FFFD, cut at `limit`."""
    if not isinstance(value, str):
        return ""
    cut = value[:limit].replace("\x00", "\ufffd")
    if cut.isascii():
        return cut
    return cut.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def told_text(value: object, limit: int = 160) -> str:
    """What a platform wrote freely, on one line, without e-mail addresses and telephone numbers.

    It is kept, logged and shown, and may quote whatever was sent; what else there is in it is left.
    """
    # First of all, for half an address that is cut off looks like none.
    words = ("(an address)" if _is_address(word) else word for word in clean_text(value, _TOLD_MOST).split())
    return _NUMBER.sub("(a number)", " ".join(words))[:limit]


def _is_address(word: str) -> bool:
    return any(sign in word for sign in _SIGNS_OF_ADDRESSES)


def utc_moment(value: object, *, zone_missing_means_utc: bool = False) -> datetime | None:
    """A timestamp as an aware UTC moment; None when absent, unreadable or of no year an order can be of.

    An order without a readable moment of its own must be fetched.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            if not zone_missing_means_utc:
                return None
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None
