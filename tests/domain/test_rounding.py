"""The one place where points are rounded."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.rounding import Rounding, whole_points

SOME = ["49", "49.4999", "49.5", "49.95", "0.0001", "0"]


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        (Rounding.FLOOR, [49, 49, 49, 49, 0, 0]),
        (Rounding.HALF_UP, [49, 49, 50, 50, 0, 0]),
        (Rounding.CEIL, [49, 50, 50, 50, 1, 0]),
    ],
)
def test_fractions_of_a_point_are_settled_as_the_merchant_chose(
    rounding: Rounding, expected: list[int]
) -> None:
    assert [whole_points(Fraction(points), rounding) for points in SOME] == expected


@given(st.fractions(0, 10**9), st.sampled_from(Rounding))
def test_never_by_a_whole_point_or_more(points: Fraction, rounding: Rounding) -> None:
    assert abs(whole_points(points, rounding) - points) < 1


@given(st.fractions(0, 10**6), st.fractions(0, 10**6), st.sampled_from(Rounding))
def test_more_money_is_never_fewer_points(one: Fraction, other: Fraction, rounding: Rounding) -> None:
    less, more = sorted((one, other))

    assert whole_points(less, rounding) <= whole_points(more, rounding)
