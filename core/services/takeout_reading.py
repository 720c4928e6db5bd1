"""One line of an export, read: every field is there, of its kind, and fits where it goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String

from core.db.takeouts import ADJUSTMENT, KINDS, MEMBER, Kind
from core.db.types import Moment
from core.domain.adjusting import LONGEST_PRIVATE, LONGEST_PUBLIC, Notes
from core.domain.errors import Refused
from core.domain.names import Name, told_name
from core.domain.people import normal_email
from core.domain.takeout import CLOSING, FORMAT, HEADER, LONGEST_LINE

BY_NAME: Final = {kind.name: kind for kind in KINDS}
_MOST: Final = 2**63 - 1
_MOST_OF_SMALL: Final = 2**31 - 1


def read_object(raw: bytes) -> dict[str, Any]:
    """The object on a line. Raises Refused."""
    if len(raw) > LONGEST_LINE:
        raise Refused(f"it is longer than {LONGEST_LINE:,} bytes")
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused("it is no JSON object") from error
    if not isinstance(told, dict) or not isinstance(told.get("type"), str):
        raise Refused("it is no JSON object with a type")
    return told


def check_header(told: dict[str, Any]) -> dict[str, str]:
    """The first line's words. Raises Refused when the file is none of ours, or of a later format."""
    if told["type"] != HEADER or "format" not in told:
        raise Refused("it does not begin as an export of Regulars does")
    if told["format"] != FORMAT:
        raise Refused(f"it is of format {told['format']!r:.20}; this version reads format {FORMAT}")
    wanted = ("name", "platform", "url", "currency", "timezone", "exported_at")
    if any(not isinstance(told.get(name), str) for name in wanted):
        raise Refused("it does not say of which store it is")
    return {name: told[name][:200] for name in wanted}


def kind_of(told: dict[str, Any]) -> Kind | None:
    """Which kind of line it is; None: the last one. Raises Refused for one we do not know."""
    if told["type"] == CLOSING:
        return None
    kind = BY_NAME.get(told["type"])
    if kind is None:
        raise Refused(f"no line is of the type “{told['type'][:40]}”")
    return kind


def read_row(kind: Kind, told: dict[str, Any]) -> dict[str, Any]:
    """The line's fields as columns take them, and what stands beside: of members {is_guest, email,
    email_modified_at, name}, of adjustments {notes}, not sealed yet. Raises Refused."""
    names = {column.name for column in kind.columns} | {"type", *kind.beside}
    if names != told.keys():
        wrong = sorted(names ^ told.keys())
        word = "lacks" if wrong[0] in names else "has, and should not,"
        raise Refused(f"a line of the type “{kind.name}” {word} “{wrong[0][:40]}”")
    row = {column.name: _value(column, told[column.name]) for column in kind.columns}
    if kind is MEMBER:
        row |= _person(told)
    elif kind is ADJUSTMENT:
        row["notes"] = _notes(told)
    return row


def _person(told: dict[str, Any]) -> dict[str, Any]:
    email, is_guest = told["email"], told["is_guest"]
    if not isinstance(is_guest, bool):
        raise Refused("is_guest must be true or false")
    if email is not None and normal_email(email) != email:
        raise Refused("email is no normalised address")
    at = told["email_modified_at"]
    return {
        "is_guest": is_guest,
        "email": email,
        "email_modified_at": None if at is None else _moment("email_modified_at", at),
        "name": _name(told),
    }


def _name(told: dict[str, Any]) -> Name | None:
    parts = told["given_name"], told["family_name"]
    if parts == (None, None):
        return None
    if told["email"] is None:
        raise Refused("a name stands only beside an email")
    if not all(isinstance(part, str) for part in parts):
        raise Refused("given_name and family_name must both be text, or both null")
    return told_name(*parts)


def _notes(told: dict[str, Any]) -> Notes | None:
    public, private = told["public_note"], told["private_note"]
    if public is None and private is None:
        return None
    return Notes(
        _text("public_note", public, LONGEST_PUBLIC),
        _text("private_note", private, LONGEST_PRIVATE),
    )


def _value(column: Column[Any], value: Any) -> Any:
    name = column.name
    if value is None:
        if not column.nullable or column.primary_key:
            raise Refused(f"{name} must not be empty")
        return None
    match column.type:
        case Moment():
            return _moment(name, value)
        case LargeBinary():
            return _hexadecimal(name, value, column.type.length)
        case Boolean():
            return _of(name, value, bool, lambda _it: True)
        case Integer() | BigInteger():
            most = _MOST if name != "version" and _is_big(column) else _MOST_OF_SMALL
            return _of(name, value, int, lambda it: -most <= it <= most)
        case String():
            return _text(name, value, column.type.length or LONGEST_LINE)
        case _:
            raise TypeError(f"{column} is of a kind that exports do not know")


def _is_big(column: Column[Any]) -> bool:
    return isinstance(column.type, BigInteger)


def _text(name: str, value: Any, longest: int) -> str:
    text: str = _of(name, value, str, lambda it: len(it) <= longest and _is_storable(it))
    return text


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _of(name: str, value: Any, kind: type, fits: Callable[[Any], bool]) -> Any:
    if type(value) is not kind or not fits(value):
        raise Refused(f"{name} is nothing that can stand there")
    return value


def _moment(name: str, value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("no zone")
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"{name} is no moment such as 2026-12-01T12:00:00+00:00") from error


def _hexadecimal(name: str, value: Any, length: int | None) -> bytes:
    try:
        data = bytes.fromhex(value)
    except (TypeError, ValueError) as error:
        raise Refused(f"{name} is no hexadecimal text") from error
    if length is not None and len(data) != length:
        raise Refused(f"{name} must be {length} bytes")
    return data
