"""As much money off as the member likes: 100 points are 1.00, from 500 points on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from core.domain.discounts import AmountOff
from core.domain.errors import Refused
from core.domain.fields import Fields
from core.domain.money import plain
from core.domain.rewards.reward import MOST_MINOR, MOST_POINTS, Bought, FormField, Reward, Shape


@dataclass(frozen=True, slots=True)
class AnyAmountReward:
    """`amount_minor` off for every `step_points`, from `minimum_points` on."""

    kind: ClassVar[str] = "any_amount"
    title: ClassVar[str] = "Any amount off"
    about: ClassVar[str] = "Members choose how many points they spend, in steps you set."
    form: ClassVar[tuple[FormField, ...]] = (
        FormField("step_points", Shape.POINTS, "Points in one step"),
        FormField("amount_minor", Shape.MONEY, "Money off for each step"),
        FormField(
            "minimum_points",
            Shape.POINTS,
            "Fewest points",
            "Empty: one step. A whole number of steps.",
            is_optional=True,
        ),
    )

    step_points: int
    amount_minor: int
    minimum_points: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The reward as a program file writes it; its minimum is a whole number of steps."""
        step_points = fields.integer("step_points", 1, 1, MOST_POINTS)
        amount_minor = fields.integer("amount_minor", 1, 1, MOST_MINOR)
        minimum_points = fields.integer("minimum_points", step_points, step_points, MOST_POINTS)
        if minimum_points % step_points:
            fields.wrong("minimum_points", f"must be a whole number of steps of {step_points:,} points")
        return cls(step_points, amount_minor, minimum_points)

    def to_json(self) -> dict[str, object]:
        """What `read` reads back."""
        return {
            "step_points": self.step_points,
            "amount_minor": self.amount_minor,
            "minimum_points": self.minimum_points,
        }

    def buy(self, points: int | None) -> Bought:
        """The amount these points are worth. Raises Refused for fewer than the minimum or half a step."""
        if points is None:
            raise Refused(
                f"Say how many points: from {self.minimum_points:,} in steps of {self.step_points:,}."
            )
        if points < self.minimum_points or points % self.step_points or points > MOST_POINTS:
            raise Refused(
                f"{points:,} points cannot be redeemed: take {self.minimum_points:,} or more, "
                f"in steps of {self.step_points:,}."
            )
        return Bought(points, AmountOff(points // self.step_points * self.amount_minor))

    @property
    def least_points(self) -> int:
        """The minimum."""
        return self.minimum_points

    def words(self, currency: str) -> str:
        """Such as `1.00 EUR off for every 100 points`."""
        return f"{plain(self.amount_minor, currency)} {currency} off for every {self.step_points:,} points"


REWARD: type[Reward] = AnyAmountReward
