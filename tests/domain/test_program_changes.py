"""What differs between two programs, and one order worked out under one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from core.domain.earning.points_per_order import PointsPerOrder
from core.domain.earning.points_per_unit import PointsPerUnit
from core.domain.orders import Payment
from core.domain.program import Anchor, Expiry, ExpiryKind, Program, SpentPoints, read_program
from core.domain.program_changes import Difference, Setting, differences
from core.domain.program_examples import (
    Shown,
    earns_something_to_show,
    half_returned,
    made_up_order,
    money_for_a_point,
    worked_out,
)
from core.domain.versions import BEGINNING, ProgramVersion, scheduled
from tests.snapshots import PLACED, SEEN_AT, a_snapshot, by_amount
from tests.strategies import programs

ONE, TWO = PointsPerUnit(Decimal(1), 100), PointsPerUnit(Decimal(2), 100)
FIFTY = PointsPerOrder(50, 2000)
BERLIN = ZoneInfo("Europe/Berlin")


@given(programs)
def test_a_program_differs_in_nothing_from_itself(program: Program) -> None:
    assert differences(program, program) == ()


@given(programs, programs)
def test_what_differs_one_way_differs_the_other_and_nothing_is_missed(one: Program, other: Program) -> None:
    there, back = differences(one, other), differences(other, one)
    assert sorted(found.setting for found in there) == sorted(found.setting for found in back)
    if not there:
        assert sorted(map(repr, one.earning)) == sorted(map(repr, other.earning))
        assert replace(one, earning=(), rewards=()) == replace(other, earning=(), rewards=())


def test_rules_pair_off_within_their_kind_wherever_they_stand() -> None:
    assert differences(Program((ONE, FIFTY)), Program((FIFTY, TWO))) == (Difference(Setting.EARN, ONE, TWO),)
    assert differences(Program((ONE,)), Program((FIFTY,))) == (
        Difference(Setting.EARN, None, FIFTY),
        Difference(Setting.EARN, ONE, None),
    )
    assert differences(Program((ONE,)), Program((ONE, FIFTY))) == (Difference(Setting.EARN, None, FIFTY),)


def test_every_other_setting_is_told_once() -> None:
    before = Program((ONE,))
    after = replace(
        before, pending_days=0, expiry=Expiry(ExpiryKind.FIXED, 30), spent_points=SpentPoints.NEVER
    )
    told = [one.setting for one in differences(before, after)]
    assert told == [Setting.WAIT, Setting.EXPIRE, Setting.REFUND]


def test_an_order_is_worked_out_with_its_days() -> None:
    program = Program((ONE,), pending_days=14, expiry=Expiry(ExpiryKind.FIXED, 365))
    one = worked_out(Shown(a_snapshot(4995)), program, BERLIN)
    assert (one.points, one.exact_points) == (49, Fraction("49.95"))
    assert one.available_at == PLACED + timedelta(days=14)
    assert one.ends_at is not None
    assert f"{one.ends_at.astimezone(BERLIN):%Y-%m-%d %H:%M}" == "2027-12-05 00:00"


def test_an_order_that_is_not_completed_has_no_day_yet_where_days_count_from_then() -> None:
    program = Program((ONE,), pending_anchor=Anchor.COMPLETED, expiry=Expiry(ExpiryKind.ROLLING, 30))
    one = worked_out(Shown(a_snapshot()), program, BERLIN)
    assert (one.available_at, one.ends_at) == (None, None)


def test_half_an_order_returned_leaves_what_the_rule_gives_for_the_rest() -> None:
    back = half_returned(Shown(a_snapshot(8000, refunds=(by_amount(100),))), Program((ONE, FIFTY)))
    assert (back.left_minor, back.earned_points, back.left_points) == (Fraction(4000), 130, 90)


@pytest.mark.parametrize(("currency", "net"), [("EUR", 4995), ("JPY", 4995), ("KWD", 49950)])
def test_a_made_up_order_says_that_it_is_one(currency: str, net: int) -> None:
    made_up = made_up_order(currency, SEEN_AT)
    assert (made_up.is_made_up, made_up.net_minor) == (True, Fraction(net))
    assert earns_something_to_show(made_up)


def test_tests_and_what_was_never_paid_explain_nothing() -> None:
    assert not earns_something_to_show(Shown(a_snapshot(is_test=True)))
    assert not earns_something_to_show(Shown(a_snapshot(payment=Payment.UNPAID)))


def test_a_point_is_worth_what_the_best_reward_of_a_fixed_amount_gives_for_it() -> None:
    rewards = (
        '{"rewards": [{"id": "a", "kind": "amount_off", "cost_points": 500, "amount_minor": 500},'
        '{"id": "b", "kind": "any_amount", "step_points": 100, "amount_minor": 150},'
        '{"id": "c", "kind": "free_shipping", "cost_points": 1}]}'
    )
    assert money_for_a_point(read_program(rewards, "EUR")) == Fraction(3, 2)
    assert money_for_a_point(Program((ONE,))) is None


def test_only_versions_that_will_change_something_wait() -> None:
    moments = [BEGINNING, *(SEEN_AT + timedelta(days=days) for days in (1, 1, 2, 3))]
    content = [Program((ONE,)), Program((FIFTY,)), Program((ONE,)), Program((TWO,)), Program((TWO,))]
    versions = [
        ProgramVersion(number, begins, program)
        for number, (begins, program) in enumerate(zip(moments, content, strict=True), start=1)
    ]
    assert [one.version for one in scheduled(versions, SEEN_AT)] == [4]
