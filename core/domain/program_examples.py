"""One order under a program, worked out in full: what a page shows beside a setting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction

from core.domain.discounts import AmountOff
from core.domain.lots import end_of, terms_for
from core.domain.money import exponent
from core.domain.orders import OrderLine, OrderSnapshot, Payment, Refund
from core.domain.program import Program
from core.domain.rewards.any_amount import AnyAmountReward
from core.domain.rewards.reward import Offer
from core.domain.worth import Worth, goods_left, worth

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Shown:
    """An order a page explains with. Amounts of it in the store's money by `rate`."""

    order: OrderSnapshot
    rate: Fraction = Fraction(1)
    """The store's minor units in one of the order's."""
    is_made_up: bool = False
    """Whether no shopper ever placed it."""

    @property
    def net_minor(self) -> Fraction:
        """What its goods cost, before anything was refunded."""
        return goods_left(self.order)[0] * self.rate


@dataclass(frozen=True, slots=True)
class Example:
    """What one order comes to under a program."""

    shown: Shown
    worth: Worth
    exact_points: Fraction
    """Before rounding, over all rules."""
    available_at: datetime | None
    """When its points can be spent; None: when the store says it is completed, which it did not yet."""
    ends_at: datetime | None
    """The first moment its points are gone, should the member do nothing more; None: never, or not known."""

    @property
    def points(self) -> int:
        """Points it earns as it stands."""
        return self.worth.points


@dataclass(frozen=True, slots=True)
class Return:
    """Half of an order's goods went back."""

    left_minor: Fraction
    earned_points: int
    """Before anything went back."""
    left_points: int


def worked_out(shown: Shown, program: Program, zone: tzinfo) -> Example:
    """The order under the program."""
    order = shown.order
    earned = worth(order, program, shown.rate)
    exact = sum((part.rule.points(part.left_minor) for part in earned.parts), Fraction(0))
    terms = terms_for(order, program, zone)
    ends_at = None
    if terms.available_at is not None:
        ends_at = end_of(terms, order.ordered_at, zone)
    return Example(shown, earned, exact, terms.available_at, ends_at)


def half_returned(shown: Shown, program: Program) -> Return:
    """What it comes to when half of what was paid goes back; earlier refunds of it are left out."""
    whole = replace(shown.order, refunds=())
    back = Refund("example", whole.gross_minor // 2)
    before = worth(whole, program, shown.rate)
    after = worth(replace(whole, refunds=(back,)), program, shown.rate)
    left = max((part.left_minor for part in after.parts), default=Fraction(0))
    return Return(left, before.points, after.points)


def made_up_order(currency: str, now: datetime) -> Shown:
    """An order of 49.95, or 4,995 where money has no decimals, paid a day ago: for stores without orders."""
    digits = exponent(currency)
    net_minor = 4995 * 10 ** max(0, digits - 2)
    placed_at = now - timedelta(days=1)
    line = OrderLine("1", None, None, "", 1, net_minor, 0, 0)
    order = OrderSnapshot(
        order_ref="0",
        number="",
        modified_at=placed_at,
        status="",
        status_rank=0,
        payment=Payment.PAID,
        currency=currency,
        ordered_at=placed_at,
        paid_at=placed_at,
        completed_at=placed_at,
        customer_ref=None,
        lines=(line,),
        gross_minor=net_minor,
    )
    return Shown(order, is_made_up=True)


def earns_something_to_show(shown: Shown) -> bool:
    """Whether an order is one to explain with: paid, no test, with goods."""
    order = shown.order
    is_paid = order.payment in {Payment.PAID, Payment.PARTLY_PAID}
    return is_paid and not order.is_test and shown.net_minor > 0


def money_for_a_point(program: Program) -> Fraction | None:
    """The most money off, in minor units, that one point buys; None: no reward is a fixed amount of money."""
    values = [value for offer in program.rewards if (value := worth_of_a_point(offer)) is not None]
    return max(values, default=None)


def worth_of_a_point(offer: Offer) -> Fraction | None:
    """How much money off one point buys in this reward; None: it is no fixed amount of money."""
    reward = offer.reward
    if isinstance(reward, AnyAmountReward):
        return Fraction(reward.amount_minor, reward.step_points)
    benefit = reward.buy(reward.least_points).benefit
    return Fraction(benefit.amount_minor, reward.least_points) if isinstance(benefit, AmountOff) else None
