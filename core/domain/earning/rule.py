"""What every earning rule has in common, and what it is shown of an order."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Protocol, Self

from core.domain.fields import Fields
from core.domain.orders import OrderSnapshot, Payment
from core.domain.rounding import Rounding


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Which orders and lines a rule counts."""

    states: frozenset[str] = frozenset()
    """The platform's statuses that earn; empty: whatever the platform calls paid."""
    excluded_products: frozenset[str] = frozenset()
    """Product or variant ids that earn nothing."""
    excluded_skus: frozenset[str] = frozenset()

    def earns(self, order: OrderSnapshot) -> bool:
        """Whether an order in this status earns at all."""
        if order.is_test:
            return False
        if self.states:
            return order.status in self.states
        return order.payment in {Payment.PAID, Payment.PARTLY_PAID}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """What a rule says of it in a program file; whatever it leaves out counts."""
        return cls(fields.words("states"), fields.words("excluded_products"), fields.words("excluded_skus"))

    def to_json(self) -> dict[str, object]:
        """What `read` reads back, in a stable order."""
        return {
            "states": sorted(self.states),
            "excluded_products": sorted(self.excluded_products),
            "excluded_skus": sorted(self.excluded_skus),
        }


class EarningRule(Protocol):
    """How one rule turns the eligible base of an order into points. Frozen."""

    kind: ClassVar[str]
    """The word programs name it with; stored for ever."""

    @property
    def eligibility(self) -> Eligibility:
        """Which orders and lines count."""
        ...

    @property
    def rounding(self) -> Rounding:
        """How a fraction of a point is settled."""
        ...

    @classmethod
    def read(cls, fields: Fields, default_per_minor: int) -> Self:
        """The rule as a program file writes it. `default_per_minor`: about one unit of the store's money."""
        ...

    def to_json(self) -> dict[str, object]:
        """The rule as a program file writes it, defaults written out; `read` reads it back."""
        ...

    def points(self, base_minor: Fraction) -> Fraction:
        """Points, not yet rounded, for this much eligible base in the store's minor units."""
        ...

    def words(self, currency: str) -> str:
        """What stands behind the base in the sentence that explains points, such as `× 1`."""
        ...
