"""What an order is worth as it stands now."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.earning.rule import EarningRule, Eligibility
from core.domain.orders import OrderSnapshot, Payment
from core.domain.program import Program
from core.domain.rounding import Rounding
from core.domain.stores import minor_rate
from core.domain.worth import is_undecidable, worth
from tests.snapshots import a_goods_line, a_snapshot, by_amount, by_line
from tests.strategies import earning_rules, order_snapshots, programs

ONE_PER_EURO = PointsPerUnit(Decimal(1), 100)


def points(order: OrderSnapshot, *rules: EarningRule, rate: Fraction = Fraction(1)) -> int:
    """What the order is worth under these rules; by default one point for every euro, rounded down."""
    return worth(order, Program(rules or (ONE_PER_EURO,)), rate).points


def counting(**eligibility: Any) -> PointsPerUnit:
    """A point for every euro of what counts."""
    return replace(ONE_PER_EURO, eligibility=Eligibility(**eligibility))


def test_the_lines_count_and_neither_tax_nor_shipping() -> None:
    assert points(a_snapshot(4995, 1000, gross_minor=7999)) == 59


def test_rounding_happens_once_for_the_order_and_not_for_each_line() -> None:
    assert points(a_snapshot(150, 150)) == 3


def test_the_order_and_not_its_lines_is_rounded_as_the_rule_says() -> None:
    roundings = [replace(ONE_PER_EURO, rounding=rounding) for rounding in Rounding]

    assert [points(a_snapshot(4995), rule) for rule in roundings] == [49, 50, 50]


@pytest.mark.parametrize(
    ("each", "per_minor", "expected"),
    [
        ("2", 100, 99),
        ("0.5", 100, 24),
        ("1", 1000, 4),
        ("1.5", 100, 74),
        ("0.0001", 100, 0),
        ("10000", 1, 49_950_000),
    ],
)
def test_points_are_in_proportion_to_money(each: str, per_minor: int, expected: int) -> None:
    assert points(a_snapshot(4995), PointsPerUnit(Decimal(each), per_minor)) == expected


def test_several_rules_add_up() -> None:
    assert points(a_snapshot(4995), ONE_PER_EURO, PointsPerOrder(50, 2000)) == 99
    assert points(a_snapshot(4995), PointsPerOrder(50, 4995), PointsPerOrder(7, 4996)) == 50
    assert worth(a_snapshot(4995), Program(())).points == 0


def test_a_refund_by_line_takes_what_it_names() -> None:
    order = a_snapshot(3000, 1500, gross_minor=6000)

    assert points(replace(order, refunds=(by_line(700, l1=500),))) == 40
    assert points(replace(order, refunds=(by_line(700, l1=500), by_line(1800, "901", l2=1500)))) == 25


def test_a_refund_by_amount_takes_its_share_of_the_gross() -> None:
    order = a_snapshot(5000, gross_minor=6000)

    assert points(replace(order, refunds=(by_amount(600),))) == 45
    assert points(replace(order, refunds=(by_amount(600), by_amount(5400, "901")))) == 0


def test_refunds_of_both_kinds_add_up() -> None:
    order = a_snapshot(5000, gross_minor=6000)

    assert points(replace(order, refunds=(by_line(1200, l1=1000), by_amount(600, "901")))) == 35


def test_a_refund_of_shipping_alone_takes_nothing() -> None:
    assert points(a_snapshot(4995, gross_minor=5495, refunds=(by_line(500),))) == 49


@pytest.mark.parametrize("refund", [by_amount(10**9), by_line(10**9, l1=10**9), by_amount(4995)])
def test_never_less_than_nothing_is_left(refund: Any) -> None:
    assert points(a_snapshot(4995, refunds=(refund,))) == 0


def test_all_is_gone_when_every_line_was_refunded_whatever_became_of_the_shipping() -> None:
    assert points(a_snapshot(4995, gross_minor=5495, refunds=(by_line(4995, l1=4995),))) == 0


def test_a_refund_of_an_order_that_cost_nothing_leaves_nothing() -> None:
    assert points(a_snapshot(4995, gross_minor=0, refunds=(by_amount(1),))) == 0


def test_points_per_order_go_when_refunds_leave_less_than_the_minimum() -> None:
    rule = PointsPerOrder(50, 2000)
    order = a_snapshot(3000)

    assert points(replace(order, refunds=(by_amount(1000),)), rule) == 50
    assert points(replace(order, refunds=(by_amount(1001),)), rule) == 0


def test_an_order_of_nothing_left_earns_no_points_per_order() -> None:
    assert points(a_snapshot(0), PointsPerOrder(50)) == 0
    assert points(a_snapshot(1), PointsPerOrder(50)) == 50


def test_gift_cards_are_money_and_not_goods() -> None:
    card = a_goods_line(10_000, line_ref="2", is_gift_card=True)

    assert points(a_snapshot(4995, lines=(a_goods_line(4995), card))) == 49


@pytest.mark.parametrize(
    "excluded",
    [
        {"excluded_skus": frozenset({"MUG"})},
        {"excluded_products": frozenset({"10"})},
        {"excluded_products": frozenset({"77"})},
    ],
)
def test_excluded_products_variants_and_skus_earn_nothing(excluded: dict[str, frozenset[str]]) -> None:
    tee = a_goods_line(2000, line_ref="2", product_ref="20", sku="TEE")
    order = a_snapshot(lines=(a_goods_line(4995, variant_ref="77"), tee), gross_minor=6995)

    assert points(order, counting(**excluded)) == 20
    assert points(replace(order, refunds=(by_line(4995, l1=4995),)), counting(**excluded)) == 20
    assert points(replace(order, refunds=(by_line(500, l2=500),)), counting(**excluded)) == 15


def test_a_product_without_an_id_is_excluded_by_nothing() -> None:
    line = a_goods_line(4995, product_ref=None, variant_ref=None, sku="")

    assert points(a_snapshot(lines=(line,)), counting(excluded_products=frozenset({"10"}))) == 49


@pytest.mark.parametrize(
    ("payment", "expected"),
    [(Payment.PAID, 49), (Payment.UNPAID, 0), (Payment.UNKNOWN, 0)],
)
def test_an_order_earns_when_the_platform_calls_it_paid(payment: Payment, expected: int) -> None:
    assert points(a_snapshot(payment=payment)) == expected


def test_a_merchant_who_names_the_states_that_earn_is_taken_at_their_word() -> None:
    rule = counting(states=frozenset({"completed", "shipped"}))

    assert points(a_snapshot(status="processing"), rule) == 0
    assert points(a_snapshot(status="completed"), rule) == 49
    assert points(a_snapshot(status="shipped", payment=Payment.UNKNOWN), rule) == 49


def test_a_partly_paid_order_earns_the_share_that_is_paid() -> None:
    order = a_snapshot(10_000, payment=Payment.PARTLY_PAID, outstanding_minor=7500)

    assert points(order) == 25
    assert points(replace(order, outstanding_minor=10_000)) == 0
    assert points(replace(order, outstanding_minor=0)) == 100
    assert points(replace(order, refunds=(by_line(5000, l1=5000),))) == 12


def test_a_test_order_earns_nothing_whatever_its_state() -> None:
    order = a_snapshot(is_test=True, status="completed")

    assert points(order) == 0
    assert points(order, counting(states=frozenset({"completed"}))) == 0


def test_a_state_that_says_nothing_is_decided_only_by_a_rule_that_names_it() -> None:
    order = a_snapshot(status="picking", payment=Payment.UNKNOWN)

    assert is_undecidable(order, Program((ONE_PER_EURO,)))
    assert is_undecidable(order, Program(()))
    assert not is_undecidable(order, Program((ONE_PER_EURO, counting(states=frozenset({"picking"})))))
    assert not is_undecidable(replace(order, payment=Payment.PAID), Program((ONE_PER_EURO,)))


@pytest.mark.parametrize(
    ("net", "currency", "rate", "store_currency", "expected"),
    [
        (4995, "USD", "0.92", "EUR", 45),
        (1500, "JPY", "0.0061", "EUR", 9),
        (33_645, "KWD", "3", "EUR", 100),
        (4995, "EUR", "163.5", "JPY", 81),
        (4995, "EUR", "0.305", "KWD", 152),
    ],
)
def test_foreign_money_counts_by_its_rate_between_whole_units(
    net: int, currency: str, rate: str, store_currency: str, expected: int
) -> None:
    order = a_snapshot(net, currency=currency)

    assert points(order, rate=minor_rate(rate, currency, store_currency)) == expected


@given(order_snapshots, earning_rules)
def test_refunds_never_add_points_and_no_order_is_worth_less_than_nothing(
    order: OrderSnapshot, rule: EarningRule
) -> None:
    value = worth(order, Program((rule,)))

    assert 0 <= value.points <= value.points_at_first


@given(order_snapshots, programs)
def test_an_order_whose_whole_gross_went_back_is_worth_nothing(
    order: OrderSnapshot, program: Program
) -> None:
    full = replace(order, refunds=(by_amount(max(1, order.gross_minor)),), is_test=False)

    assert worth(full, program).points == 0


@given(
    net=st.integers(1, 10**7),
    shipping=st.integers(0, 2000),
    cuts=st.lists(st.integers(0, 10**7), max_size=5),
    rounding=st.sampled_from(Rounding),
)
def test_splitting_a_refund_never_gains_more_than_a_point(
    net: int, shipping: int, cuts: list[int], rounding: Rounding
) -> None:
    rule = replace(ONE_PER_EURO, rounding=rounding)
    order = a_snapshot(net, gross_minor=net + shipping)
    whole = min(sum(cuts), order.gross_minor)
    parts = tuple(by_amount(cut, str(at)) for at, cut in enumerate(cuts, start=900))
    at_once, in_parts = replace(order, refunds=(by_amount(whole),)), replace(order, refunds=parts)

    assert abs(points(at_once, rule) - points(in_parts, rule)) <= 1
