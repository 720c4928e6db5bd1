"""A fixed amount of money off an order: 5.00 for 500 points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from core.domain.discounts import AmountOff, benefit_words
from core.domain.fields import Fields
from core.domain.rewards.reward import (
    MOST_MINOR,
    MOST_POINTS,
    PRICE,
    Bought,
    FormField,
    Reward,
    Shape,
    fixed_cost,
)


@dataclass(frozen=True, slots=True)
class AmountOffReward:
    """`amount_minor` of the store's money off, for `cost_points`."""

    kind: ClassVar[str] = "amount_off"
    title: ClassVar[str] = "Money off"
    about: ClassVar[str] = "A fixed amount off one order, such as 5.00 for 500 points."
    form: ClassVar[tuple[FormField, ...]] = (
        PRICE,
        FormField("amount_minor", Shape.MONEY, "Money off"),
    )

    cost_points: int
    amount_minor: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The reward as a program file writes it."""
        return cls(
            fields.integer("cost_points", 1, 1, MOST_POINTS), fields.integer("amount_minor", 1, 1, MOST_MINOR)
        )

    def to_json(self) -> dict[str, object]:
        """What `read` reads back."""
        return {"cost_points": self.cost_points, "amount_minor": self.amount_minor}

    def buy(self, points: int | None) -> Bought:
        """The amount off, for its one price. Raises Refused."""
        return Bought(fixed_cost(self.cost_points, points), AmountOff(self.amount_minor))

    @property
    def least_points(self) -> int:
        """Its price."""
        return self.cost_points

    def words(self, currency: str) -> str:
        """Such as `5.00 EUR off`."""
        return benefit_words(self.buy(None).benefit, currency)


REWARD: type[Reward] = AmountOffReward
