"""Whether points of a code come back with its order's goods is the merchant's choice, version by version."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.program import SpentPoints, default_program, read_program
from core.domain.redemptions import Carrier, Redemption, State, points_back, standing
from tests.redeeming.counter import FIVE, Counter, a_program

LATE = datetime(2026, 12, 24, tzinfo=UTC)
SHARES = st.fractions(0, 1, max_denominator=1000)
COSTS = st.integers(1, 10**6)


def held(at: Counter, redemption_id: int) -> tuple[str, int]:
    """Its state, and how many of its points are back by its entries."""
    _spent, *moved = at.points(redemption_id)
    return at.state(redemption_id), sum(moved)


def choose(at: Counter, rule: str) -> None:
    at.wait(minutes=1)
    at.world.apply(at.store, a_program(FIVE, spent_points=rule), at.world.now)
    at.wait(minutes=1)


@pytest.mark.parametrize(
    ("rule", "after_half", "after_all"), [("part", 250, 500), ("whole", 0, 500), ("never", 0, 0)]
)
def test_each_choice_gives_back_what_it_says_for_a_half_and_for_all_of_an_order(
    acorn: Counter, rule: str, after_half: int, after_all: int
) -> None:
    choose(acorn, rule)
    redemption, order = acorn.used()
    acorn.refund_half(order)
    assert held(acorn, redemption) == (State.USED, after_half)
    acorn.cancel_order(order)
    assert held(acorn, redemption) == (State.USED, after_all)
    acorn.assert_adds_up()


def test_a_code_keeps_the_choice_it_was_made_under_whatever_is_published_later(at: Counter) -> None:
    redemption, order = at.used()
    choose(at, "never")
    at.refund_half(order)
    assert held(at, redemption) == (State.USED, 250)
    at.assert_adds_up()


def test_a_use_given_back_makes_the_code_live_again_whatever_was_chosen(birch: Counter) -> None:
    choose(birch, "never")
    redemption, order = birch.used()
    birch.cancel_order(order)
    assert held(birch, redemption) == (State.LIVE, 0)


def test_of_a_code_that_ended_nothing_comes_back_where_nothing_ever_does(birch: Counter) -> None:
    choose(birch, "never")
    redemption, order = birch.used()
    birch.wait(days=31)
    birch.cancel_order(order)
    assert held(birch, redemption) == (State.EXPIRED, 0)
    birch.assert_adds_up()


def test_programs_from_before_the_choice_say_part_and_are_written_as_they_always_were() -> None:
    text = default_program("EUR").to_json()
    assert "spent_points" not in text
    assert read_program(text, "EUR").spent_points is SpentPoints.PART
    chosen = read_program('{"spent_points": "whole"}', "EUR")
    assert read_program(chosen.to_json(), "EUR") == chosen
    assert '"spent_points": "whole"' in chosen.to_json()


@given(COSTS, SHARES, SHARES)
def test_more_returned_never_gives_less_back_and_never_more_than_was_spent(
    cost_points: int, share: Fraction, other: Fraction
) -> None:
    less, more = sorted((share, other))
    for rule in SpentPoints:
        assert (
            0 <= points_back(cost_points, less, rule) <= points_back(cost_points, more, rule) <= cost_points
        )
    assert points_back(cost_points, share, SpentPoints.NEVER) == 0
    assert points_back(cost_points, Fraction(1), SpentPoints.WHOLE) == cost_points
    assert points_back(cost_points, share, SpentPoints.WHOLE) <= points_back(
        cost_points, share, SpentPoints.PART
    )


@given(COSTS, st.lists(SHARES, min_size=1, max_size=6), st.sampled_from(SpentPoints))
def test_where_it_ends_follows_from_how_the_order_stands_and_not_from_how_it_came_there(
    cost_points: int, shares: list[Fraction], rule: SpentPoints
) -> None:
    restored = 0
    for share in shares:
        walked = Redemption(State.USED, cost_points, restored, LATE, spent_points=rule)
        restored = standing(walked, [Carrier("1", share)]).restored_points
    at_once = Redemption(State.LIVE, cost_points, 0, LATE, spent_points=rule)
    assert standing(at_once, [Carrier("1", shares[-1])]).restored_points == restored
