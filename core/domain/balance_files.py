"""Balances as a CSV file has them: lines read one by one, each with what is wrong with it said by itself.

Pure, and never more of a file in memory than one line. A line ends where its line ends: quoted line breaks
are refused, or one quote that nobody closed would swallow all that follows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Final

from core.domain.errors import Refused
from core.domain.lots import end_of_day
from core.domain.payload import clean_text
from core.domain.people import normal_email

COLUMNS: Final = ("email", "points", "customer_id", "expires_at", "note")
"""A note is for whoever wrote the file: it is read over."""
LONGEST_LINE: Final = 65_536
MOST_LINES: Final = 1_000_000
MOST_POINTS: Final = 1_000_000_000
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")
"""What a field begins with that a spreadsheet would take for a formula, or for something else to run."""

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_SEPARATORS: Final = (",", ";", "\t")
_PLAIN: Final = re.compile(r"-?\d+", re.ASCII)
_CUSTOMER_ID: Final = re.compile(r"\d{1,20}", re.ASCII)
_COLUMN_NAME: Final = re.compile(r"[^@0-9]{0,40}[0-9]{0,4}")
_SHOWN: Final = 40


class Mode(StrEnum):
    """What the points of a line are."""

    ADD = "add"
    """Given on top."""
    SET = "set"
    """What can be spent from then on, exactly; below zero: owed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that can be booked."""

    number: int
    """Where it stands in the file; the header is line 1."""
    email: str | None
    """Normalised."""
    customer_ref: str | None
    points: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Problem:
    """One line that is left out, and why."""

    number: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What lines are read by."""

    mode: Mode
    zone: tzinfo
    now: datetime


def foreign_kind(beginning: bytes) -> str | None:
    """What a file is by its first bytes when it is surely no text: named for whoever uploaded it."""
    for mark, kind in (
        (b"PK", "a spreadsheet or a zip archive"),
        (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
        (b"\x1f\x8b", "a compressed file"),
        (b"%PDF", "a PDF"),
        (b"SQLite format 3", "a database"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
    ):
        if beginning.startswith(mark):
            return kind
    return None


def split_lines(pieces: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[bytes]:
    """The lines of a file that comes in pieces, whichever way they end.

    Of a line that is longer than `longest`, one byte more than that comes, whatever its length.
    """
    return (line for line, _end in _lines_and_ends(pieces, longest))


def _lines_and_ends(pieces: Iterable[bytes], longest: int) -> Iterator[tuple[bytes, int]]:
    """Lines, each with how many bytes of the pieces end with it."""
    rest, read = b"", 0
    for piece in pieces:
        read += len(piece)
        data, held = rest + piece, b""
        if data.endswith(b"\r"):  # its \n may be the next piece's first byte
            data, held = data[:-1], b"\r"
        before, begin = read - len(held) - len(data), 0
        for end in _LINE_END.finditer(data):
            yield data[begin : min(end.start(), begin + longest + 1)], before + end.end()
            begin = end.end()
        rest = data[begin : begin + longest + 1] + held
    if rest:
        yield rest.removesuffix(b"\r")[: longest + 1], read


@dataclass(slots=True)
class ReadTo:
    """How far a file was read, so that another reader can go on there."""

    columns: list[str] = field(default_factory=list)
    """Empty: not even the header was read."""
    separator: str = ""
    number: int = 1
    """Of the last line that was read."""
    lines: int = 0
    """Below the header, without empty ones."""
    end: int = 0
    """How many bytes of the pieces that were given end with that line."""


def read_balances(
    pieces: Iterable[bytes], reading: Reading, to: ReadTo | None = None
) -> Iterator[Line | Problem]:
    """Each line of a file, booked or left out. Raises Refused when it is no such file at all.

    `to` moves along with each line. With one of a reader before, `pieces` begin where that one stopped.
    """
    to = to or ReadTo()
    lines = _lines_and_ends(pieces, LONGEST_LINE)
    if not to.columns:
        header, to.end = next(lines, (b"", 0))
        to.columns, to.separator = _header(header)
    for raw, to.end in lines:
        to.number += 1
        if not raw.strip():
            continue
        to.lines += 1
        if to.lines > MOST_LINES:
            raise Refused(f"The file has more than {MOST_LINES:,} lines: split it into several.")
        yield _read_line(raw, to, reading)
    if not to.lines:
        raise Refused("Only line 1 is there. Write a line for each member below it.")


def _misfit(count: int, columns: Sequence[str]) -> Refused:
    return Refused(
        f"Line 1 names {len(columns)} columns ({', '.join(columns)}); fields in this line: {count:,}. Write "
        "one for each column, and put quotes around a field that holds a separator."
    )


def _read_line(raw: bytes, to: ReadTo, reading: Reading) -> Line | Problem:
    try:
        fields = _fields(raw, to.separator)
        if len(fields) != len(to.columns):
            raise _misfit(len(fields), to.columns)
        return _line(to.number, dict(zip(to.columns, fields, strict=True)), reading)
    except Refused as problem:
        return Problem(to.number, str(problem))


def _header(raw: bytes) -> tuple[list[str], str]:
    """The columns and what stands between fields. Raises Refused."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:200]:
        raise Refused("Line 1: the file is UTF-16. Save it as “CSV UTF-8” and upload it again.")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise Refused("The file is empty, or its first line is.")
    try:
        text = _text(raw)
        separator = max(_SEPARATORS, key=text.count)
        columns = [name.strip().lower() for name in _fields(raw, separator)]
    except Refused as problem:
        raise Refused(f"Line 1: {problem}") from problem
    unknown = [name for name in columns if name not in COLUMNS]
    if any(not _COLUMN_NAME.fullmatch(name) for name in unknown):
        # What is said of a file is kept in the clear, and this may be somebody's address.
        raise Refused(
            "Line 1 must name the columns; this one seems to hold a balance. Write above it: email,points"
        )
    if unknown:
        shown = ", ".join(f"“{_short(name)}”" for name in unknown[:3])
        more = f" and {len(unknown) - 3:,} more" if len(unknown) > 3 else ""
        raise Refused(
            f"Line 1 must name the columns, and {shown}{more} is none of them. Write: email,points; "
            "if you like also customer_id, expires_at and note."
        )
    if len(set(columns)) != len(columns):
        raise Refused("Line 1 names a column twice. Keep one of the two and delete the other, data included.")
    if "points" not in columns or not {"email", "customer_id"} & set(columns):
        raise Refused("Line 1 must name the columns points, and email or customer_id. Write: email,points")
    return columns, separator


def _text(raw: bytes) -> str:
    if len(raw) > LONGEST_LINE:
        raise Refused(f"It is longer than {LONGEST_LINE:,} bytes. See whether line breaks are missing.")
    if b"\0" in raw:
        raise Refused("It holds a zero byte. Save the file as “CSV UTF-8”.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("It is no UTF-8 text. Save the file as “CSV UTF-8”.") from error


def _fields(raw: bytes, separator: str) -> list[str]:
    text = _text(raw)
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise Refused("A quote is opened and not closed, or stands where none may. Take it out.") from error


def _line(number: int, fields: dict[str, str], reading: Reading) -> Line:
    email, customer_ref = _who(fields)
    return Line(
        number,
        email,
        customer_ref,
        _points(fields["points"], reading.mode),
        _expiry(fields.get("expires_at", ""), reading),
    )


def _who(fields: dict[str, str]) -> tuple[str | None, str | None]:
    typed, customer_id = fields.get("email", "").strip(), fields.get("customer_id", "").strip()
    email = normal_email(typed) if typed else None
    if typed and email is None:
        raise Refused(f"“{_short(typed)}” is no e-mail address. Write one such as ana@example.com.")
    if customer_id and not _CUSTOMER_ID.fullmatch(customer_id):
        raise Refused(
            f"The customer_id “{_short(customer_id)}” is no number. Write the one your store shows, such as "
            "1234, or leave it empty where there is an email."
        )
    if email is None and not customer_id:
        raise Refused("It says nobody: email and customer_id are empty. Fill in one of them.")
    return email, customer_id or None


def _points(text: str, mode: Mode) -> int:
    if text != text.strip() and _PLAIN.fullmatch(text.strip()):
        raise Refused("The points have a space beside them. Write the number alone, such as 1000.")
    if not _PLAIN.fullmatch(text):
        raise Refused(
            f"The points “{_short(text)}” are no plain whole number. Write digits alone, without commas, "
            "points or signs between them, such as 1000."
        )
    digits = text.removeprefix("-").lstrip("0") or "0"
    if len(digits) > len(str(MOST_POINTS)) or int(digits) > MOST_POINTS:
        raise Refused(
            f"The points “{_short(text)}” are too many: one line may have {MOST_POINTS:,} at most, above "
            "zero or below. Write a smaller number."
        )
    points = -int(digits) if text.startswith("-") else int(digits)
    if mode is Mode.ADD and points < 1:
        raise Refused("Points that are added must be 1 or more. To lower a balance, upload to set balances.")
    return points


def _expiry(text: str, reading: Reading) -> datetime | None:
    if not text.strip():
        return None
    try:
        ends_at = end_of_day(date.fromisoformat(text.strip()), reading.zone)
    except (ValueError, OverflowError) as error:
        raise Refused(f"expires_at “{_short(text)}” is no day. Write one such as 2027-12-31.") from error
    if ends_at <= reading.now:
        raise Refused(f"expires_at {_short(text)} is over already. Write a day to come, or leave it empty.")
    return ends_at


def _short(text: str) -> str:
    shown = clean_text(text, _SHOWN)
    return f"{shown}…" if len(text) > _SHOWN else shown


def csv_line(fields: Sequence[object]) -> str:
    """One line of a CSV file. No field of it is taken for a formula by whoever opens it."""
    return ",".join(_csv_field(field) for field in fields) + "\r\n"


def _csv_field(field: object) -> str:
    if isinstance(field, int):
        return str(field)
    text = "" if field is None else str(field)
    guarded = f"'{text}" if text.startswith(FORMULA) else text
    if guarded != text or any(one in text for one in ',;"\t\r\n\0'):
        return '"' + guarded.replace('"', '""').replace("\0", "") + '"'
    return text
