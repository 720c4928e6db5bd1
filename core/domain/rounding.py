"""The one place where points are rounded."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from math import ceil, floor


class Rounding(StrEnum):
    """How a fraction of a point is settled, once per order."""

    FLOOR = "floor"
    HALF_UP = "half-up"
    CEIL = "ceil"

    @property
    def words(self) -> str:
        """How an explanation names it, such as “rounded down”."""
        return _WORDS[self]


_WORDS = {
    Rounding.FLOOR: "rounded down",
    Rounding.HALF_UP: "rounded to the nearest",
    Rounding.CEIL: "rounded up",
}


def whole_points(points: Fraction, rounding: Rounding) -> int:
    """Points as an integer; an exact half goes up with HALF_UP."""
    match rounding:
        case Rounding.FLOOR:
            return floor(points)
        case Rounding.HALF_UP:
            return floor(points + Fraction(1, 2))
        case Rounding.CEIL:
            return ceil(points)
