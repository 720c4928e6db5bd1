"""Amounts in minor units, by the exponent of each currency."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import BadDelivery, UnknownCurrency
from core.domain.money import amount_minor, currency_code, exponent, plain


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [
        ("25.73", "EUR", 2573),
        ("0", "EUR", 0),
        ("00.50", "EUR", 50),
        ("41", "JPY", 41),
        ("1500.00", "JPY", 1500),
        ("33.645", "KWD", 33645),
        ("40.900", "KWD", 40900),
        ("999999999999.999999", "EUR", 100_000_000_000_000),
        (Decimal("49.95"), "EUR", 4995),
        (49, "EUR", 4900),
    ],
)
def test_an_amount_is_read_by_its_currencys_exponent(written: object, currency: str, minor: int) -> None:
    assert amount_minor(written, currency) == minor


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [("0.005", "EUR", 1), ("0.004999", "EUR", 0), ("41.5", "JPY", 42), ("-0.005", "EUR", -1)],
)
def test_more_decimals_than_the_currency_has_are_rounded_half_up(
    written: str, currency: str, minor: int
) -> None:
    assert amount_minor(written, currency, signed=True) == minor


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "-",
        "1,5",
        "1.",
        ".5",
        "1e3",
        "+1",
        "0x10",
        "1_000",
        "NaN",
        "１",
        "1\n",
        "1" * 13,
        "1.1234567",
        None,
        True,
        False,
        [],
        {},
        1.5,
        Decimal("1E+3"),
        Decimal("NaN"),
        Decimal("1E-7"),
        10**12,
    ],
)
def test_anything_but_a_plain_decimal_number_is_no_amount(written: object) -> None:
    with pytest.raises(BadDelivery):
        amount_minor(written, "EUR", signed=True)


def test_only_where_a_sign_makes_sense_is_it_taken() -> None:
    assert amount_minor("-12.00", "EUR", signed=True) == -1200
    with pytest.raises(BadDelivery):
        amount_minor("-12.00", "EUR")


def test_codes_are_upper_cased_and_must_be_known() -> None:
    assert currency_code("kwd") == "KWD"
    for unknown in ("", "XXX", "BTC", "EU", "EURO", "ＥＵＲ", None, 978):
        with pytest.raises(UnknownCurrency):
            currency_code(unknown)


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (4995, "EUR", "49.95"),
        (5, "EUR", "0.05"),
        (1500, "JPY", "1500"),
        (33645, "KWD", "33.645"),
        (-1200, "EUR", "−12.00"),
        (Fraction(9999, 2), "EUR", "49.99"),
    ],
)
def test_amounts_are_written_as_people_write_them(minor: int | Fraction, currency: str, words: str) -> None:
    assert plain(minor, currency) == words


@given(st.integers(0, 10**11), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_written_reads_back(minor: int, currency: str) -> None:
    assert amount_minor(plain(minor, currency), currency) == minor
    assert exponent(currency) == len(plain(minor, currency).partition(".")[2])
