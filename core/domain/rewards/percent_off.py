"""A share of an order's price off: 10 % for 800 points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from core.domain.discounts import PercentOff, benefit_words
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
class PercentOffReward:
    """`percent` off, at most `cap_minor` where the store's platform has a cap, for `cost_points`."""

    kind: ClassVar[str] = "percent_off"
    title: ClassVar[str] = "Percentage off"
    about: ClassVar[str] = "A share of one order’s price, such as 10 % for 800 points."
    form: ClassVar[tuple[FormField, ...]] = (
        PRICE,
        FormField("percent", Shape.PERCENT, "Percent off"),
        FormField(
            "cap_minor",
            Shape.MONEY,
            "At most",
            "Empty: no cap. Not every store can cap a percentage.",
            is_optional=True,
        ),
    )

    cost_points: int
    percent: Decimal
    cap_minor: int | None = None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The reward as a program file writes it."""
        has_cap = fields.take("cap_minor") is not None
        return cls(
            fields.integer("cost_points", 1, 1, MOST_POINTS),
            fields.decimal("percent", Decimal(10), 100, 2),
            fields.integer("cap_minor", 1, 1, MOST_MINOR) if has_cap else None,
        )

    def to_json(self) -> dict[str, object]:
        """What `read` reads back."""
        cap = {} if self.cap_minor is None else {"cap_minor": self.cap_minor}
        return {"cost_points": self.cost_points, "percent": str(self.percent), **cap}

    def buy(self, points: int | None) -> Bought:
        """The share off, for its one price. Raises Refused."""
        return Bought(fixed_cost(self.cost_points, points), PercentOff(self.percent, self.cap_minor))

    @property
    def least_points(self) -> int:
        """Its price."""
        return self.cost_points

    def words(self, currency: str) -> str:
        """Such as `10 % off, at most 20.00 EUR`."""
        return benefit_words(self.buy(None).benefit, currency)


REWARD: type[Reward] = PercentOffReward
