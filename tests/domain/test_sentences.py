"""The sentences that explain points, word by word."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.orders import OrderSnapshot, Payment
from core.domain.program import Program
from core.domain.rounding import Rounding
from core.domain.sentences import (
    deleted_sentence,
    entry_sentence,
    expired_sentence,
    moved_sentence,
    order_sentence,
    written_off_sentence,
)
from core.domain.stores import minor_rate
from core.domain.worth import worth
from tests.snapshots import a_snapshot, by_amount

ONE_PER_EURO = Program((PointsPerUnit(Decimal(1), 100),))


def sentence(order: OrderSnapshot, program: Program = ONE_PER_EURO, currency: str = "EUR") -> str:
    return order_sentence(order, worth(order, program), currency)


def entry(order: OrderSnapshot, posted_points: int, points: int) -> str:
    return entry_sentence(order, worth(order, ONE_PER_EURO), "EUR", posted_points, points)


def test_a_paid_order() -> None:
    assert sentence(a_snapshot(4995)) == "49.95 net × 1, rounded down = 49"


def test_a_partly_refunded_order() -> None:
    order = a_snapshot(4995, refunds=(by_amount(1000),))

    assert sentence(order) == "49.95 net × 1, rounded down = 49; 10.00 refunded, 10 revoked"


def test_every_way_to_round_and_every_rate() -> None:
    half_up = Program((PointsPerUnit(Decimal("1.5"), 100, Rounding.HALF_UP),))
    up = Program((PointsPerUnit(Decimal(1), 1000, Rounding.CEIL),))

    assert sentence(a_snapshot(4995), half_up) == "49.95 net × 1.5, rounded to the nearest = 75"
    assert sentence(a_snapshot(4995), up) == "49.95 net × 1 for every 10.00, rounded up = 5"


def test_yen_are_written_without_decimals() -> None:
    order = a_snapshot(1500, currency="JPY")

    assert sentence(order, currency="JPY") == "1500 net × 1 for every 100, rounded down = 15"


def test_several_rules_stand_side_by_side() -> None:
    program = Program((*ONE_PER_EURO.earning, PointsPerOrder(50, 2000), PointsPerOrder(5)))

    assert sentence(a_snapshot(4995), program) == (
        "49.95 net × 1, rounded down = 49 + 49.95 net ≥ 20.00: 50 for the order, rounded down = 50"
        " + 49.95 net > 0: 5 for the order, rounded down = 5"
    )


def test_orders_that_earn_nothing_say_why() -> None:
    cancelled = a_snapshot(status="cancelled", payment=Payment.UNPAID)

    assert sentence(cancelled) == "status “cancelled” earns nothing: 0 points"
    assert sentence(a_snapshot(is_test=True)) == "test order: 0 points"


def test_foreign_money_is_told_in_the_stores_own() -> None:
    order = a_snapshot(10_000, currency="USD")
    value = worth(order, ONE_PER_EURO, minor_rate("0.92", "USD", "EUR"))

    assert order_sentence(order, value, "EUR") == "92.00 net × 1, rounded down = 92"


def test_the_first_entry_tells_the_whole_order() -> None:
    assert entry(a_snapshot(4995), 0, 49) == "49.95 net × 1, rounded down = 49"


def test_later_entries_tell_what_is_left_and_what_was_posted() -> None:
    refunded = a_snapshot(4995, refunds=(by_amount(1000),))
    assert entry(refunded, 49, -10) == "39.95 net is left × 1 = 39; 49 were posted so far, so 10 go"
    assert entry(a_snapshot(6000), 49, 11) == "60.00 net is left × 1 = 60; 49 were posted so far, so 11 more"

    cancelled = replace(a_snapshot(4995), status="cancelled", payment=Payment.UNPAID)
    assert entry(cancelled, 49, -49) == "status “cancelled” earns nothing; 49 were posted so far, so 49 go"


def test_the_other_reasons() -> None:
    assert deleted_sentence(49) == "the store deleted the order; 49 were posted so far, so 49 go"
    assert moved_sentence(-49) == "the store gave the order to another customer; 49 go with it"
    assert written_off_sentence(6) == "6 of them had expired already and are not taken twice"
    assert expired_sentence(10, 49) == "10 of 49 points were not spent in time"
