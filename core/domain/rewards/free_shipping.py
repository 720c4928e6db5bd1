"""No charge for shipping, for some points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from core.domain.discounts import FreeShipping, benefit_words
from core.domain.fields import Fields
from core.domain.rewards.reward import MOST_POINTS, PRICE, Bought, FormField, Reward, fixed_cost


@dataclass(frozen=True, slots=True)
class FreeShippingReward:
    """Free shipping for `cost_points`."""

    kind: ClassVar[str] = "free_shipping"
    title: ClassVar[str] = "Free shipping"
    about: ClassVar[str] = "No charge for shipping on one order."
    form: ClassVar[tuple[FormField, ...]] = (PRICE,)

    cost_points: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The reward as a program file writes it."""
        return cls(fields.integer("cost_points", 1, 1, MOST_POINTS))

    def to_json(self) -> dict[str, object]:
        """What `read` reads back."""
        return {"cost_points": self.cost_points}

    def buy(self, points: int | None) -> Bought:
        """Free shipping, for its one price. Raises Refused."""
        return Bought(fixed_cost(self.cost_points, points), FreeShipping())

    @property
    def least_points(self) -> int:
        """Its price."""
        return self.cost_points

    def words(self, currency: str) -> str:
        """What it is called."""
        return benefit_words(self.buy(None).benefit, currency)


REWARD: type[Reward] = FreeShippingReward
