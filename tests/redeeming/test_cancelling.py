"""Redemptions that are taken back, and codes that end without being used."""

from __future__ import annotations

import pytest

from core.domain.errors import Refused
from core.domain.redemptions import State
from core.services.cancelling import cancel
from tests.contract.rig import Trouble
from tests.redeeming.counter import FIVE, Counter, a_program
from tests.redeeming.stubborn import in_the_way
from tests.redeeming.test_troubles import assert_sound


def test_before_the_store_was_asked_the_points_are_back_at_once(at: Counter) -> None:
    made = at.wish()

    assert at.cancel(made.id) == State.CANCELLED
    assert at.available() == 500
    at.work()
    assert at.rig.codes() == set()
    assert_sound(at, made.id)


def test_after_an_unclear_try_they_come_back_once_the_store_surely_has_no_code(at: Counter) -> None:
    made = at.wish()
    at.rig.fail(Trouble.RESET_AFTER)
    at.work()

    assert at.cancel(made.id) == State.CANCELLING
    at.work_on(hours=0.75)
    assert (at.state(made.id), at.codes_of_ours()) == (State.CANCELLED, [])
    assert_sound(at, made.id)


def test_taken_back_while_the_store_makes_the_code_it_is_switched_off_again(at: Counter) -> None:
    made = at.wish()
    at.mood = in_the_way(between=lambda: at.cancel(made.id))
    at.work()
    assert at.state(made.id) == State.CANCELLING
    at.mood = in_the_way()
    at.work_on(hours=0.75)

    assert at.state(made.id) == State.CANCELLED
    assert_sound(at, made.id)


def test_a_live_code_is_switched_off_and_15_quiet_minutes_later_the_points_are_back(at: Counter) -> None:
    made = at.wish()
    at.work()

    assert at.cancel(made.id) == State.CANCELLING
    at.work()
    assert (at.codes_of_ours(), at.available()) == ([], 0)
    at.wait(minutes=14)
    at.work()
    assert (at.state(made.id), at.available()) == (State.CANCELLING, 0)
    at.wait(minutes=1)
    at.work()
    assert (at.state(made.id), at.available()) == (State.CANCELLED, 500)
    assert_sound(at, made.id)


def test_a_code_that_comes_on_again_in_between_begins_the_15_minutes_anew(birch: Counter) -> None:
    made = birch.wish()
    birch.work()
    store = birch.rig.store  # type: ignore[attr-defined]
    [coupon] = store.coupons.values()
    birch.cancel(made.id)
    birch.work()
    store.coupons[coupon.coupon_id] = coupon
    birch.wait(minutes=15)
    birch.work()
    assert (birch.state(made.id), birch.codes_of_ours()) == (State.CANCELLING, [])
    birch.wait(minutes=15)
    birch.work()

    assert birch.state(made.id) == State.CANCELLED


def test_used_meanwhile_it_is_used_and_no_points_come_back(at: Counter) -> None:
    made = at.wish()
    at.work()
    told = at.rig.order(at.pair(made.code))
    at.cancel(made.id)
    at.work()
    at.settle(told)
    at.work_on(hours=1)

    assert (at.state(made.id), at.available()) == (State.USED, 0)
    assert_sound(at, made.id)


def test_while_the_store_counts_a_use_its_order_is_waited_for_however_late_it_is(at: Counter) -> None:
    made = at.wish()
    at.work()
    told = at.rig.order(at.pair(made.code))
    at.rig.wait(hours=1)
    at.cancel(made.id)
    at.work_on(hours=2)
    assert (at.state(made.id), at.available()) == (State.CANCELLING, 0)
    at.settle(told)

    assert (at.state(made.id), at.available()) == (State.USED, 0)


def test_taken_back_twice_it_is_taken_back_once(at: Counter) -> None:
    made = at.wish()
    at.work()
    at.cancel(made.id)
    at.work()
    at.cancel(made.id)
    at.work_on(hours=0.75)

    assert at.cancel(made.id) == State.CANCELLED
    assert at.points(made.id) == [-500, 500]


def why_not(at: Counter, redemption_id: int) -> str:
    with pytest.raises(Refused) as refused, at.world.database.write(at.store.store_id) as db:
        cancel(db, at.store, redemption_id, at.world.now)
    return str(refused.value)


def test_what_cannot_be_taken_back_is_said_in_words(at: Counter) -> None:
    used, order = at.used()
    assert why_not(at, used) == f"Order {order} uses this code; its points come back when its goods do."
    at.grant(500)
    failed = at.wish().id
    at.mood = in_the_way("refuse create")
    at.work()
    assert why_not(at, failed) == "The store never had this code; its points are back already."
    assert why_not(at, 10**6) == "There is no redemption 1000000 in this store."


def ended(at: Counter) -> int:
    """A redemption whose code has just ended unused."""
    made = at.wish()
    at.work()
    at.wait(days=31)
    at.world.mature(at.store)
    return int(made.id)


def test_points_of_a_code_that_ended_unused_stay_spent_unless_the_merchant_says_otherwise(
    at: Counter,
) -> None:
    redemption = ended(at)

    assert (at.state(redemption), at.points(redemption)) == (State.EXPIRED, [-500])
    assert why_not(at, redemption) == "This code has expired."
    at.assert_adds_up()


def test_they_come_back_where_the_merchant_wants_that_and_only_once(at: Counter) -> None:
    at.world.apply(at.store, a_program(FIVE, expired_codes="return"))
    redemption = ended(at)
    assert (at.state(redemption), at.points(redemption)) == (State.CANCELLING, [-500])
    at.work_on(hours=1)
    at.world.mature(at.store)

    assert (at.state(redemption), at.points(redemption)) == (State.EXPIRED, [-500, 500])
    assert at.available() == 500
    at.assert_adds_up()


def test_the_rule_is_the_one_in_force_when_the_points_were_spent(at: Counter) -> None:
    made = at.wish()
    at.work()
    at.world.apply(at.store, a_program(FIVE, expired_codes="return"), at.world.now)
    at.wait(days=31)
    at.world.mature(at.store)

    assert at.points(made.id) == [-500]


def test_a_code_is_not_over_before_the_end_of_its_last_day_and_a_while_for_orders_under_way(
    at: Counter,
) -> None:
    made = at.wish()
    at.work()
    # 12:00 UTC is 13:00 in Berlin; the thirtieth day ends eleven hours after the same time of that day.
    at.wait(days=30, hours=11, minutes=14)
    at.world.mature(at.store)
    assert at.state(made.id) == State.LIVE
    at.wait(minutes=1)
    at.world.mature(at.store)
    assert at.state(made.id) == State.EXPIRED


def test_an_order_of_the_last_minute_that_is_told_late_has_used_the_code(at: Counter) -> None:
    at.world.apply(at.store, a_program(FIVE, expired_codes="return"))
    made = at.wish()
    at.work()
    told = at.rig.order(at.pair(made.code))
    at.wait(days=31)
    at.world.mature(at.store)
    at.work_on(hours=1)
    assert at.points(made.id) == [-500]
    at.settle(told)

    assert (at.state(made.id), at.points(made.id)) == (State.USED, [-500])
    at.assert_adds_up()


def test_the_ledger_names_what_was_redeemed_then_though_the_reward_was_renamed_since(acorn: Counter) -> None:
    acorn.world.apply(acorn.store, a_program({**FIVE, "name": "Summer thanks"}))
    made = acorn.wish()
    acorn.world.apply(acorn.store, a_program({**FIVE, "name": "Winter thanks"}), acorn.world.now)
    acorn.cancel(made.id)

    reasons = [entry.reason for entry in acorn.world.entries(acorn.store)][-2:]
    assert reasons == [
        f"Summer thanks: code {made.code}",
        f"Summer thanks: code {made.code}; taken back before the store was asked",
    ]
