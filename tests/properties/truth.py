"""A store as it truly is, and what its orders are worth: small, plain, and sharing no code with us."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import floor
from typing import Any

from tests.payloads import a_line, a_refund, an_order, gmt

CUSTOMERS: dict[str, dict[str, Any]] = {
    "ana": {"customer_id": 7, "billing": {"email": "ana@example.com"}},
    "finn": {"customer_id": 8, "billing": {"email": "finn@example.com"}},
    "gus": {"customer_id": 0, "billing": {"email": "gus@example.com"}},
    "nobody": {"customer_id": 0, "billing": {"email": ""}},
}
PAID = ("processing", "completed")
UNPAID = ("pending", "on-hold", "failed", "cancelled", "refunded")
SAYS_NOTHING = "picking"


def euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


@dataclass(frozen=True)
class Terms:
    """A program: points for every whole unit of money, rounded as it says."""

    begins_at: datetime
    each: int
    half_up: bool

    def points(self, money: Fraction) -> int:
        return floor(money * self.each + (Fraction(1, 2) if self.half_up else 0))


@dataclass(frozen=True)
class State:
    """An order at one moment. Money in cents."""

    modified_at: datetime
    customer: str
    status: str
    net: int
    shipping: int
    refunds: tuple[int, ...] = ()

    @property
    def speaks(self) -> bool:
        return self.status != SAYS_NOTHING


@dataclass
class TrueOrder:
    """One order's whole life."""

    number: int
    placed_at: datetime
    states: list[State]
    is_deleted: bool = False
    was_deleted: bool = False

    @property
    def now(self) -> State:
        return self.states[-1]

    @property
    def last_word(self) -> State | None:
        """The last state whose status says whether the order is paid."""
        return next((state for state in reversed(self.states) if state.speaks), None)

    def body(self, state: State) -> dict[str, Any]:
        """The order as the store's webhooks carry it."""
        return an_order(
            self.number,
            status=state.status,
            date_created_gmt=gmt(self.placed_at),
            date_modified_gmt=gmt(state.modified_at),
            date_paid_gmt=gmt(self.placed_at) if state.status in PAID else None,
            total=euros(state.net + state.shipping),
            line_items=[a_line(euros(state.net))],
            refunds=[a_refund(euros(cents), 900 + at) for at, cents in enumerate(state.refunds)],
            **CUSTOMERS[state.customer],
        )


@dataclass
class TrueStore:
    """All orders, and all programs there have been."""

    terms: list[Terms]
    orders: list[TrueOrder] = field(default_factory=list)

    def worth(self, order: TrueOrder) -> dict[str, int]:
        """Points of the order by customer, as it stands, under the program of the time it was placed."""
        state = order.last_word
        if state is None or order.is_deleted or state.status not in PAID or state.customer == "nobody":
            return {}
        terms = [terms for terms in self.terms if terms.begins_at <= order.placed_at][-1]
        gross = state.net + state.shipping
        share = Fraction(sum(state.refunds), gross) if gross else Fraction(bool(sum(state.refunds)))
        points = terms.points(max(Fraction(0), Fraction(state.net, 100) * (1 - share)))
        return {state.customer: points} if points else {}
