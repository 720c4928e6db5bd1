"""What an order is worth in points, as it stands now, under one program."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from core.domain.earning.rule import EarningRule, Eligibility
from core.domain.orders import OrderLine, OrderSnapshot, Payment
from core.domain.program import Program
from core.domain.rounding import whole_points


@dataclass(frozen=True, slots=True)
class Part:
    """What one earning rule gives for the order. Amounts in the store's minor units."""

    rule: EarningRule
    base_minor: Fraction
    """The eligible base before anything was refunded."""
    left_minor: Fraction
    """What refunds left of it; never below zero."""
    points_at_first: int
    """Points for the whole base."""
    points: int
    """Points for what is left."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What an order is worth, and why."""

    parts: tuple[Part, ...] = ()
    """Only the rules that count this order in its present status."""

    @property
    def points(self) -> int:
        """Points for what is left, over all rules."""
        return sum(part.points for part in self.parts)

    @property
    def points_at_first(self) -> int:
        """Points before anything was refunded, over all rules."""
        return sum(part.points_at_first for part in self.parts)


def worth(order: OrderSnapshot, program: Program, rate: Fraction = Fraction(1)) -> Worth:
    """What the order is worth. `rate`: the store's minor units in one minor unit of the order's currency."""
    return Worth(tuple(_part(order, rule, rate) for rule in program.earning if rule.eligibility.earns(order)))


def is_undecidable(order: OrderSnapshot, program: Program) -> bool:
    """True when the status says nothing about payment and no rule names it: the order changes nothing."""
    return order.payment is Payment.UNKNOWN and not any(
        order.status in rule.eligibility.states for rule in program.earning
    )


def _part(order: OrderSnapshot, rule: EarningRule, rate: Fraction) -> Part:
    lines = eligible_lines(order, rule.eligibility)
    base = sum(line.net_minor for line in lines) * _paid_share(order)
    base_minor = base * rate
    points_at_first = whole_points(rule.points(base_minor), rule.rounding)
    if not order.refunds and base >= 0:
        return Part(rule, base_minor, base_minor, points_at_first, points_at_first)
    left_minor = max(Fraction(0), base - _refunded_of(order, lines, base, _paid_share(order))) * rate
    points = whole_points(rule.points(left_minor), rule.rounding)
    return Part(rule, base_minor, left_minor, points_at_first, points)


def goods_left(order: OrderSnapshot) -> tuple[Fraction, Fraction]:
    """What all goods of the order cost, and what refunds left of it; gift cards are no goods."""
    lines = eligible_lines(order, Eligibility())
    base = Fraction(sum(line.net_minor for line in lines))
    return base, max(Fraction(0), base - _refunded_of(order, lines, base, Fraction(1)))


def _paid_share(order: OrderSnapshot) -> Fraction:
    """How much of the order is paid: points come with the money."""
    if order.payment is not Payment.PARTLY_PAID or not order.gross_minor:
        return Fraction(1)
    return max(Fraction(0), 1 - Fraction(order.outstanding_minor, order.gross_minor))


def eligible_lines(order: OrderSnapshot, eligibility: Eligibility) -> tuple[OrderLine, ...]:
    """The lines that count: goods, not gift cards, and not excluded by product, variant or SKU."""
    return tuple(
        line
        for line in order.lines
        if not line.is_gift_card
        and line.sku not in eligibility.excluded_skus
        and line.product_ref not in eligibility.excluded_products
        and line.variant_ref not in eligibility.excluded_products
    )


def _refunded_of(
    order: OrderSnapshot, lines: tuple[OrderLine, ...], base: Fraction, paid_share: Fraction
) -> Fraction:
    """How much of the eligible base was given back, by line where known, else in proportion to the total.

    `paid_share`: how much of what lines cost is in `base`.
    """
    eligible = {line.line_ref for line in lines}
    by_line = paid_share * sum(
        line.net_minor for refund in order.refunds for line in refund.lines if line.line_ref in eligible
    )
    by_amount = sum(refund.amount_minor for refund in order.refunds if not refund.is_itemized)
    if not by_amount:
        return by_line
    share = Fraction(by_amount, order.gross_minor) if order.gross_minor else Fraction(1)
    return by_line + base * share
