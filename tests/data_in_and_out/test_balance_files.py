"""A file of balances, line by line: what can be booked, and what is said of what cannot."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.balance_files import (
    LONGEST_LINE,
    Line,
    Mode,
    Problem,
    Reading,
    csv_line,
    foreign_kind,
    read_balances,
    split_lines,
)
from core.domain.errors import Refused

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GOOD = b"ana@example.com,12\n"


def read(data: bytes, mode: Mode = Mode.ADD, size: int = 1000) -> list[Line | Problem]:
    """The lines of a file that comes in small pieces."""
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return list(read_balances(pieces, Reading(mode, ZoneInfo("Europe/Berlin"), NOW)))


def problems(data: bytes, mode: Mode = Mode.ADD) -> dict[int, str]:
    return {one.number: one.sentence for one in read(data, mode) if isinstance(one, Problem)}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"email,points\n", "Only line 1 is there"),
        (b"email,points\n\n  \n", "Only line 1 is there"),
        (b"Name,Balance\nAna,12\n", "“name”, “balance” is none of them"),
        (b"email,email,points\na@b.example,a@b.example,1\n", "a column twice"),
        (b"email,note\na@b.example,hello\n", "points, and email or customer_id"),
        ("email,points\nana@example.com,12\n".encode("utf-16"), "UTF-16"),
        ("email,points\nana@example.com,12\n".encode("utf-16-le"), "UTF-16"),
        (b'"email,points\nana@example.com,12\n', "A quote is opened"),
        (b"\0\0\0\0", "UTF-16"),
        (b",".join([b"points"] * 1000) + b"\n" + GOOD, "a column twice"),
        (b",".join(b"c%d" % n for n in range(1000)) + b"\n" + GOOD, "and 997 more"),
        (b"email;points,\n" + GOOD, "is none of them"),
        (b"email\xff,points\n" + GOOD, "no UTF-8"),
        (GOOD, "seems to hold a balance"),
    ],
)
def test_b78_what_is_no_file_of_balances_is_refused_as_a_whole(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        read(data)


@pytest.mark.parametrize(
    ("lines", "number", "says"),
    [
        (b'"ana@example.com,12\n' + GOOD, 2, "A quote is opened"),
        (b'ana@example.com,"12\n' + GOOD, 2, "A quote is opened"),
        (b"ana@example.com,1\x002\n" + GOOD, 2, "a zero byte"),
        (
            b"ana@example.com," * 500 + b"\n" + GOOD,
            2,
            "fields in this line: 501. Write one",
        ),
        (b"ana@example.com\n" + GOOD, 2, "2 columns (email, points); fields in this line: 1."),
        (b"a\xffna@example.com,12\n" + GOOD, 2, "no UTF-8"),
        (b"x" * (LONGEST_LINE + 1) + b",12\n" + GOOD, 2, "longer than 65,536"),
        (b"ana,12\n" + GOOD, 2, "“ana” is no e-mail address"),
        (b",12\n" + GOOD, 2, "nobody"),
        (GOOD + b"gus@example.com,1,000\n", 3, "fields in this line: 3"),
        (GOOD + b'gus@example.com,"1,000"\n', 3, "“1,000” are no plain whole number"),
        (GOOD + b"gus@example.com,1.000\n", 3, "“1.000” are no plain whole number"),
        (GOOD + b"gus@example.com,-5\n", 3, "must be 1 or more"),
        (GOOD + b"gus@example.com,0\n", 3, "must be 1 or more"),
        (GOOD + b"gus@example.com,=1+1\n", 3, "“=1+1” are no plain whole number"),
        (GOOD + b"gus@example.com, 10\n", 3, "a space beside them"),
        (GOOD + "gus@example.com,١٢\n".encode(), 3, "no plain whole number"),
        (GOOD + b"gus@example.com,+5\n", 3, "no plain whole number"),
        (
            GOOD + b"gus@example.com,9999999999\n",
            3,
            "may have 1,000,000,000 at most",
        ),
        (GOOD + b"gus@example.com," + b"9" * 5_000 + b"\n", 3, "are too many"),
        (GOOD + b"gus@example.com,-1000000001\n", 3, "are too many"),
    ],
)
def test_b78_b79_a_line_that_cannot_be_booked_is_left_out_by_itself(
    lines: bytes, number: int, says: str
) -> None:
    for ending in (b"\n", b"\r\n", b"\r"):
        told = problems((b"email,points\n" + lines).replace(b"\n", ending))
        assert list(told) == [number]
        assert says in told[number]


@pytest.mark.parametrize(
    ("header", "line", "says"),
    [
        ("customer_id,points", "gid://1,5", "is no number"),
        ("email,points,expires_at", "ana@example.com,5,31.12.2027", "no day"),
        ("email,points,expires_at", "ana@example.com,5,2026-11-29", "over already"),
    ],
)
def test_every_column_says_what_would_work(header: str, line: str, says: str) -> None:
    told = problems(f"{header}\n{line}\n".encode())
    assert says in told[2]


@pytest.mark.parametrize(
    "data",
    [
        b"email,points\nana@example.com,12\n",
        b"\xef\xbb\xbfemail,points\r\nana@example.com,12\r\n",
        b"Email;Points\rana@example.com;12",
        b'"email"\t"points"\n\n"Ana@Example.com"\t"12"',
        b"points,email\n12, ANA@example.com \n",
    ],
)
def test_what_spreadsheets_write_is_read_whichever_way_they_do(data: bytes) -> None:
    for size in (1, 2, 3, 1000):
        [line] = read(data, size=size)
        assert isinstance(line, Line)
        assert (line.email, line.points) == ("ana@example.com", 12)


def test_below_zero_is_for_setting_a_balance_alone() -> None:
    data = b"email,points\nana@example.com,-5\ngus@example.com,0\n"
    assert [line.points for line in read(data, Mode.SET) if isinstance(line, Line)] == [-5, 0]
    assert len(problems(data, Mode.ADD)) == 2


def test_an_end_is_the_end_of_that_day_by_the_stores_clock() -> None:
    [line] = read(b"email,points,expires_at\nana@example.com,5,2027-06-30\n")
    assert isinstance(line, Line)
    assert line.expires_at == datetime(2027, 6, 30, 22, tzinfo=UTC)


def test_b78_a_field_of_a_hundred_megabytes_is_never_held() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"email,points\n"
        yield from (b"x" * 262_144 for _ in range(400))
        yield b",5\nana@example.com,12\n"

    tracemalloc.start()
    told = list(read_balances(pieces(), Reading(Mode.ADD, ZoneInfo("UTC"), NOW)))
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()
    assert [type(one) for one in told] == [Problem, Line]


def test_lines_come_out_whole_however_the_pieces_fall() -> None:
    data = b"a\r\nb\rc\n\nd\r"
    for size in range(1, 9):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert list(split_lines(pieces)) == [b"a", b"b", b"c", b"", b"d"]


@pytest.mark.parametrize("beginning", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF-1.7"])
def test_b82_what_is_no_text_is_known_by_its_first_bytes(beginning: bytes) -> None:
    assert foreign_kind(beginning + b"...")
    assert foreign_kind(b"email,points\n") is None


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_b81_no_field_we_write_is_taken_for_a_formula(begin: str) -> None:
    written = csv_line((f'{begin}cmd|"/c calc"', -12, "plain", "a,b", None, 'says "x"'))
    [row] = list(csv.reader(io.StringIO(written, newline="")))
    assert row[0].startswith("'")
    assert row[1:] == ["-12", "plain", "a,b", "", 'says "x"']
    assert written.startswith("\"'")
