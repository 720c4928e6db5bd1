"""So many points for every so much money: 1 point for every 1.00."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, Self

from core.domain.earning.rule import EarningRule, Eligibility
from core.domain.fields import Fields
from core.domain.money import exponent, plain
from core.domain.rounding import Rounding


@dataclass(frozen=True, slots=True)
class PointsPerUnit:
    """`points` for every `per_minor` of eligible base, in proportion."""

    kind: ClassVar[str] = "points_per_unit"

    points_each: Decimal
    per_minor: int
    rounding: Rounding = Rounding.FLOOR
    eligibility: Eligibility = Eligibility()

    @classmethod
    def read(cls, fields: Fields, default_per_minor: int) -> Self:
        """The rule as a program file writes it; points may have up to four decimals."""
        return cls(
            points_each=fields.decimal("points", Decimal(1), most=10_000, places=4),
            per_minor=fields.integer("per_minor", default_per_minor, 1, 10**9),
            rounding=Rounding(fields.choice("rounding", Rounding.FLOOR, Rounding)),
            eligibility=Eligibility.read(fields),
        )

    def to_json(self) -> dict[str, object]:
        """What `read` reads back to an equal rule, defaults written out."""
        return {
            "kind": self.kind,
            "points": _number(self.points_each),
            "per_minor": self.per_minor,
            "rounding": self.rounding,
            **self.eligibility.to_json(),
        }

    def points(self, base_minor: Fraction) -> Fraction:
        """Points in exact proportion to the base."""
        return base_minor * _points_per_minor(self.points_each, self.per_minor)

    def words(self, currency: str) -> str:
        """The rate, such as `× 1` or `× 5 for every 10.00`."""
        rate = f"× {_number(self.points_each)}"
        if self.per_minor == 10 ** exponent(currency):
            return rate
        return f"{rate} for every {plain(self.per_minor, currency)}"


@lru_cache(maxsize=1024)
def _points_per_minor(points_each: Decimal, per_minor: int) -> Fraction:
    return Fraction(points_each) / per_minor


def _number(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else str(value.normalize())


RULE: type[EarningRule] = PointsPerUnit
