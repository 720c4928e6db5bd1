"""Signed bytes to Python values, without any of JSON's tricks."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BadDelivery
from core.domain.payload import LARGEST_REF, clean_text, parse_object, reference, rows, told_text, utc_moment
from tests.strategies import jsons


def test_numbers_keep_every_digit() -> None:
    assert parse_object(b'{"price": 11.214953333333334, "id": 42}') == {
        "price": Decimal("11.214953333333334"),
        "id": 42,
    }


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_object(b'\xef\xbb\xbf{"id": 1}') == {"id": 1}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (b"\n ", "empty"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b'{"a": -Infinity}', "-Infinity is not a number"),
        (b'{"a": 1, "a": 1}', "“a” appears twice"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "“b” appears twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a": 1e99999999999999999999}', "beyond all measure"),
        (b'{"a": ' + b"[" * 50_000, "too deep"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a": "tab\there"}', "not JSON"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(BadDelivery, match=problem):
        parse_object(body)


@given(st.dictionaries(st.text(max_size=5), jsons, max_size=4))
def test_every_honest_object_is_read(value: dict[str, Any]) -> None:
    assert parse_object(json.dumps(value).encode()) == json.loads(json.dumps(value), parse_float=Decimal)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_a_bad_delivery(body: bytes) -> None:
    with suppress(BadDelivery):
        assert isinstance(parse_object(body), dict)


@pytest.mark.parametrize("value", [7, "7", "007", "gid://shopify/Order/7", LARGEST_REF, str(LARGEST_REF)])
def test_an_id_is_a_positive_whole_number_however_it_is_written(value: object) -> None:
    assert reference(value) in {"7", str(LARGEST_REF)}


@pytest.mark.parametrize(
    "value",
    [
        0,
        -7,
        7.0,
        Decimal(7),
        True,
        None,
        "",
        " 7",
        "7 ",
        "-7",
        "７",
        "7a",
        "gid://",
        "gid://shopify/Order/",
        [],
        LARGEST_REF + 1,
        str(LARGEST_REF + 1),
        "1" * 20,
    ],
)
def test_anything_else_is_no_id(value: object) -> None:
    with pytest.raises(BadDelivery):
        reference(value)


def test_a_list_that_is_missing_is_not_an_empty_list() -> None:
    assert rows([], "refunds") == []
    assert rows([{"id": 1}], "refunds") == [{"id": 1}]
    others: list[object] = [None, {}, "", [None], [[]], [{}, 1]]
    for misshapen in others:
        with pytest.raises(BadDelivery, match="“refunds” is not a list of objects"):
            rows(misshapen, "refunds")


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("Ana", "Ana"),
        ("a\x00b", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("\udc00\ud83d", "\ufffd\ufffd"),
        ("😀 e\u0301", "😀 e\u0301"),
        ("x" * 300, "x" * 200),
        (None, ""),
        (7, ""),
    ],
)
def test_text_is_cleaned_of_what_no_database_takes(value: object, cleaned: str) -> None:
    assert clean_text(value) == cleaned


@given(st.text(st.characters(), max_size=30), st.integers(0, 30))
def test_cleaned_text_is_short_storable_and_clean_for_good(value: str, limit: int) -> None:
    cleaned = clean_text(value, limit)

    assert len(cleaned) <= limit
    assert "\x00" not in cleaned
    assert clean_text(cleaned, limit) == cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T10:00:00.250-05:00", datetime(2026, 11, 20, 15, 0, 0, 250_000, tzinfo=UTC)),
        ("1970-01-01T00:00:00+00:00", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_utc(written: str, moment: datetime) -> None:
    assert utc_moment(written) == moment


def test_a_moment_without_a_zone_is_read_only_where_that_means_utc() -> None:
    assert utc_moment("2026-11-20T10:00:00") is None
    assert utc_moment("2026-11-20T10:00:00", zone_missing_means_utc=True) == datetime(
        2026, 11, 20, 10, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        5,
        True,
        "yesterday",
        "2026-02-30T10:00:00Z",
        "2026-11-20T23:59:60Z",
        "2026-11-20T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "2026-11-20T10:00:00+99:99",
    ],
)
def test_what_is_no_moment_of_an_order_is_none(written: object) -> None:
    assert utc_moment(written, zone_missing_means_utc=True) is None


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    moment = utc_moment(text, zone_missing_means_utc=True)

    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Coupon for ana@example.test is\nnot allowed.", "Coupon for (an address) is not allowed."),
        ("“ana+shop@example.test”, <x\uff20y>", "(an address) (an address)"),
        ("email=ana%40example.test&x", "(an address)"),
        ("call +49 (0)30 / 123 45-67 now", "call (a number) now"),
        ("code 12345 of 2026-12", "code 12345 of 2026-12"),
        ("x" * 150 + " ana.with.a.long.name@example.test", "x" * 150 + " (an addre"),
        (None, ""),
    ],
)
def test_what_a_platform_writes_freely_is_kept_without_addresses_and_numbers(
    written: object, kept: str
) -> None:
    assert told_text(written) == kept


@given(st.text(max_size=300))
def test_whatever_it_writes_is_short_and_on_one_line(written: str) -> None:
    told = told_text(written)
    assert len(told) <= 160
    assert "@" not in told
    assert "\n" not in told
