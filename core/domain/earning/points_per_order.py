"""The same points for every order of some size: 50 points for any order of 20.00 and more."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self

from core.domain.earning.rule import EarningRule, Eligibility
from core.domain.fields import Fields
from core.domain.money import plain
from core.domain.rounding import Rounding


@dataclass(frozen=True, slots=True)
class PointsPerOrder:
    """`points` once for an order whose eligible base reaches `minimum_minor`, none below it."""

    kind: ClassVar[str] = "points_per_order"

    points_each: int
    minimum_minor: int = 1
    """At least 1: an order of which nothing is left to pay for earns nothing."""
    eligibility: Eligibility = Eligibility()

    rounding: ClassVar[Rounding] = Rounding.FLOOR

    @classmethod
    def read(cls, fields: Fields, default_per_minor: int) -> Self:  # noqa: ARG003
        """The rule as a program file writes it; its minimum is an amount in minor units."""
        return cls(
            points_each=fields.integer("points", 1, 1, 1_000_000),
            minimum_minor=fields.integer("minimum_minor", 1, 1, 10**12),
            eligibility=Eligibility.read(fields),
        )

    def to_json(self) -> dict[str, object]:
        """What `read` reads back to an equal rule, defaults written out."""
        return {
            "kind": self.kind,
            "points": self.points_each,
            "minimum_minor": self.minimum_minor,
            **self.eligibility.to_json(),
        }

    def points(self, base_minor: Fraction) -> Fraction:
        """The same for every order that reaches the minimum, however large."""
        return Fraction(self.points_each if base_minor >= self.minimum_minor else 0)

    def words(self, currency: str) -> str:
        """The minimum the order reached, and what it earns."""
        if self.minimum_minor > 1:
            return f"≥ {plain(self.minimum_minor, currency)}: {self.points_each} for the order"
        return f"> 0: {self.points_each} for the order"


RULE: type[EarningRule] = PointsPerOrder
