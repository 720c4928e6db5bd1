"""One piece of one product for nothing, for some points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from core.domain.discounts import FreeProduct, benefit_words
from core.domain.fields import Fields
from core.domain.rewards.reward import MOST_POINTS, PRICE, Bought, FormField, Reward, Shape, fixed_cost


@dataclass(frozen=True, slots=True)
class FreeProductReward:
    """One piece of `product_ref` for `cost_points`."""

    kind: ClassVar[str] = "free_product"
    title: ClassVar[str] = "Free product"
    about: ClassVar[str] = "One product costs nothing; the shopper puts it into the cart."
    form: ClassVar[tuple[FormField, ...]] = (
        PRICE,
        FormField("product", Shape.PRODUCT, "Product", "The product’s id in your store, such as 42."),
    )

    cost_points: int
    product_ref: str
    """The platform's id; the shopper puts the product into the cart herself."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The reward as a program file writes it."""
        return cls(fields.integer("cost_points", 1, 1, MOST_POINTS), fields.platform_id("product"))

    def to_json(self) -> dict[str, object]:
        """What `read` reads back."""
        return {"cost_points": self.cost_points, "product": self.product_ref}

    def buy(self, points: int | None) -> Bought:
        """The product, for its one price. Raises Refused."""
        return Bought(fixed_cost(self.cost_points, points), FreeProduct(self.product_ref))

    @property
    def least_points(self) -> int:
        """Its price."""
        return self.cost_points

    def words(self, currency: str) -> str:
        """Such as `product 42 for free`."""
        return benefit_words(self.buy(None).benefit, currency)


REWARD: type[Reward] = FreeProductReward
