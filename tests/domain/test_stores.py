"""A store's time zone and its rates for foreign money."""

from __future__ import annotations

from fractions import Fraction

import pytest

from core.domain.errors import Refused
from core.domain.stores import checked_rate, minor_rate, time_zone


def test_a_zone_is_an_iana_name() -> None:
    assert str(time_zone("Europe/Berlin")) == "Europe/Berlin"


@pytest.mark.parametrize(
    "name", ["", "Berlin", "Europe/Atlantis", "../../etc/passwd", "/etc/localtime", "\x00", "Europe"]
)
def test_anything_else_is_refused_in_words(name: str) -> None:
    with pytest.raises(Refused, match="is not a time zone; use a name such as Europe/Berlin"):
        time_zone(name)


@pytest.mark.parametrize("rate", ["0.92", "1", "163.5", "0.000000001", "999999999.999999999"])
def test_a_rate_is_a_plain_number_above_zero(rate: str) -> None:
    assert checked_rate(rate) == rate


@pytest.mark.parametrize(
    "rate", ["", "0", "0.000", "-1", "0,92", "1e3", " 1", "1.", ".5", "1/3", "１", "1\n", "x", "9" * 10]
)
def test_any_other_rate_is_refused(rate: str) -> None:
    with pytest.raises(Refused):
        checked_rate(rate)


@pytest.mark.parametrize(
    ("rate", "foreign", "own", "expected"),
    [
        ("0.92", "USD", "EUR", Fraction(92, 100)),
        ("0.0061", "JPY", "EUR", Fraction(61, 100)),
        ("163.5", "EUR", "JPY", Fraction(1635, 1000)),
        ("3", "KWD", "EUR", Fraction(3, 10)),
    ],
)
def test_a_rate_between_whole_units_becomes_one_between_minor_units(
    rate: str, foreign: str, own: str, expected: Fraction
) -> None:
    assert minor_rate(rate, foreign, own) == expected
