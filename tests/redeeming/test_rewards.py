"""Every kind of reward through to the checkout, and everything that may limit one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.db import ledger, members, spending
from core.domain.discounts import Holder
from core.domain.errors import Refused
from core.domain.lots import LotTerms, draw, spending_order
from core.domain.redemptions import State
from core.services.redeeming import KeyTaken, Wish
from tests.contract.rig import Cart
from tests.redeeming.counter import FIVE, Counter, a_program, enrolled
from tests.redeeming.stubborn import in_the_way


def rewards(at: Counter) -> dict[str, tuple[dict[str, Any], int]]:
    """One reward of each kind, and what it takes off one piece of both products."""
    first, _ = at.rig.prices_minor
    goods = sum(at.rig.prices_minor.values())
    return {
        "amount_off": ({"cost_points": 100, "amount_minor": 300}, 300),
        "percent_off": ({"cost_points": 100, "percent": 10}, goods // 10),
        "free_shipping": ({"cost_points": 100}, at.rig.shipping_minor),
        "free_product": ({"cost_points": 100, "product": first}, at.rig.prices_minor[first]),
        "any_amount": ({"step_points": 50, "amount_minor": 150}, 300),
    }


def offer(at: Counter, **settings: Any) -> None:
    """The program's one reward is now this one."""
    at.world.apply(at.store, a_program({"id": "it", **settings}), at.world.now)


def code(at: Counter, points: int | None = None) -> str:
    """A live code of the one reward."""
    made = at.wish("it", points)
    at.work()
    assert at.state(made.id) == State.LIVE, at.redemption(made.id).problem
    return str(made.code)


def off(at: Counter, code: str, *products: str) -> int:
    """What a code takes off at the checkout."""
    return at.rig.price(Cart("ana", code, products or tuple(at.rig.prices_minor))).discount_minor


def test_each_kind_costs_its_points_and_takes_exactly_its_discount_at_the_checkout(at: Counter) -> None:
    for left, (kind, (settings, worth)) in zip((400, 300, 200, 100, 0), rewards(at).items(), strict=True):
        offer(at, kind=kind, **settings)
        taken_off = off(at, code(at, 100 if kind == "any_amount" else None))
        assert (kind, taken_off, at.available()) == (kind, worth, left)
    at.assert_adds_up()


def test_what_the_platform_cannot_have_is_refused_with_the_reason_before_a_point_moves(at: Counter) -> None:
    offer(at, kind="percent_off", cost_points=100, percent=10, cap_minor=500)

    assert "leave the cap out" in at.refusal("it")
    assert (at.available(), at.effects()) == (500, {})


def test_who_has_no_address_cannot_have_a_code_that_is_bound_to_one(birch: Counter) -> None:
    nameless = enrolled(birch.world, birch.store, Holder("77", None))
    birch.grant(500, member_id=nameless)

    with pytest.raises(Refused, match="by e-mail address alone, and this member has none"):
        birch.grant_wish(Wish(nameless, "five", None, "k"))


def test_who_has_no_account_cannot_have_a_code_that_is_bound_to_one(acorn: Counter) -> None:
    guest = enrolled(acorn.world, acorn.store, Holder(None, "gus@example.com"))
    acorn.grant(500, member_id=guest)

    with pytest.raises(Refused, match="account"):
        acorn.grant_wish(Wish(guest, "five", None, "k"))


def test_any_amount_goes_in_steps_from_its_minimum_on(at: Counter) -> None:
    offer(at, kind="any_amount", step_points=50, amount_minor=100, minimum_points=150)

    assert at.refusal("it") == "Say how many points: from 150 in steps of 50."
    for wrong in (50, 100, 151, 10**12):
        assert f"{wrong:,} points cannot be redeemed: take 150 or more" in at.refusal("it", wrong)
    assert off(at, code(at, 150)) == 300
    assert off(at, code(at, 200)) == 400
    assert at.refusal("it", 200) == "This costs 200 points; the member has 150."


def test_a_reward_of_one_price_is_not_sold_for_another(at: Counter) -> None:
    assert at.refusal("five", 499) == "This reward costs 500 points, not 499."
    assert at.wish("five", 500).cost_points == 500


def test_too_few_points_buy_nothing(at: Counter) -> None:
    offer(at, kind="amount_off", cost_points=501, amount_minor=500)

    assert at.refusal("it") == "This costs 501 points; the member has 500."
    assert at.available() == 500


def test_a_reward_the_program_does_not_have_is_told_from_those_it_has(at: Counter) -> None:
    assert at.refusal("six") == "There is no reward “six”; the program has: five."


def test_below_the_minimum_spend_the_checkout_refuses_the_code(at: Counter) -> None:
    goods = sum(at.rig.prices_minor.values())
    offer(at, kind="amount_off", cost_points=100, amount_minor=500, minimum_spend_minor=goods)
    one, _ = at.rig.prices_minor
    live = code(at)

    assert (off(at, live), off(at, live, one)) == (500, 0)


def test_a_code_for_some_products_is_for_these_alone(at: Counter) -> None:
    first, second = at.rig.prices_minor
    offer(at, kind="percent_off", cost_points=100, percent=10, products=[int(second)])
    live = code(at)

    assert off(at, live) == at.rig.prices_minor[second] // 10
    assert off(at, live, first) == 0


def test_a_code_ends_with_the_last_of_its_days_in_the_stores_zone(at: Counter) -> None:
    made = at.wish()

    assert at.store.zone.key == "Europe/Berlin"
    assert made.ends_at.isoformat() == "2026-12-31T23:00:00+00:00"
    at.work()
    at.rig.wait(hours=30 * 24 + 10.9)
    assert off(at, made.code) == 500
    at.rig.wait(hours=0.2)
    assert off(at, made.code) == 0


def test_what_a_code_combines_with_is_what_the_program_says(at: Counter) -> None:
    offer(
        at,
        kind="amount_off",
        cost_points=100,
        amount_minor=500,
        combines_with=["shipping", "order", "product"],
    )
    assert off(at, code(at)) == 500


def test_a_stock_is_given_out_once_and_what_comes_back_is_there_again(at: Counter) -> None:
    offer(at, kind="amount_off", cost_points=100, amount_minor=500, stock=2)
    first, second = at.wish("it"), at.wish("it")
    gone = "This reward is gone: all of it was given out."
    assert at.refusal("it") == gone
    at.cancel(first.id)
    third = at.wish("it")
    assert at.refusal("it") == gone
    at.mood = in_the_way("refuse create")
    at.work()
    assert {at.state(one.id) for one in (second, third)} == {State.FAILED, State.LIVE}
    at.wish("it")

    assert at.refusal("it") == gone
    assert at.available() == 300


def test_what_was_given_out_before_there_was_a_stock_does_not_go_back_to_it(at: Counter) -> None:
    offer(at, kind="amount_off", cost_points=100, amount_minor=500)
    before = at.wish("it")
    at.world.wait(minutes=1)
    offer(at, kind="amount_off", cost_points=100, amount_minor=500, stock=1)
    at.wish("it")
    at.cancel(before.id)

    assert "all of it was given out" in at.refusal("it")


def test_a_member_has_as_many_as_she_may_and_those_that_came_to_nothing_do_not_count(at: Counter) -> None:
    offer(at, kind="amount_off", cost_points=100, amount_minor=500, per_member=1)
    first = at.wish("it")
    assert at.refusal("it") == "One member can have this reward 1 time at most."
    at.cancel(first.id)
    at.wish("it")

    assert "1 time at most" in at.refusal("it")


def test_the_same_key_is_the_same_redemption_and_never_another_wish(at: Counter) -> None:
    first = at.wish(key="k")
    at.grant(500)
    again = at.wish(key="k")

    assert (again.id, again.code, at.available()) == (first.id, first.code, 500)
    for other in (("six", None), ("five", 500)):
        with pytest.raises(KeyTaken, match="was used for another wish"):
            at.wish(other[0], other[1], key="k")
    assert at.available() == 500


def test_a_key_is_of_one_member(at: Counter) -> None:
    finn = enrolled(at.world, at.store, at.rig.shoppers["finn"])
    at.grant(500, member_id=finn)
    hers = at.wish(key="k")

    assert at.grant_wish(Wish(finn, "five", None, "k")).id != hers.id


@pytest.mark.parametrize("key", ["", "k" * 121, "a\nb", "\x00", "\ud800"])
def test_a_key_that_nobody_could_keep_is_refused(at: Counter, key: str) -> None:
    assert at.refusal(key=key) == "An idempotency key is 1 to 120 printable characters."


def test_points_whose_day_is_over_cannot_be_spent_before_they_are_ended(poor: Counter) -> None:
    poor.grant(300, terms=LotTerms(poor.world.now, poor.world.now + timedelta(days=1)))
    poor.grant(400)
    poor.wait(days=2)

    assert poor.refusal() == "This costs 500 points; 100 of the member's have just expired."
    poor.grant(100)
    poor.wish()
    poor.world.mature(poor.store)
    assert poor.balance() == (0, 0, 0)
    poor.assert_adds_up()


def test_spending_is_activity(at: Counter) -> None:
    at.wait(days=3)
    at.wish()
    with at.world.database.read(at.store.store_id) as db:
        row = members.by_id(db, at.store.store_id, at.ana)
    assert row is not None
    assert row.last_activity_at == at.world.now


def test_of_many_lots_as_few_are_read_as_will_do(poor: Counter) -> None:
    for days in (9, 3, 7):
        poor.grant(200, terms=LotTerms(poor.world.now, poor.world.now + timedelta(days=days)))
    poor.grant(100)
    poor.grant(100, terms=LotTerms(poor.world.now - timedelta(days=1)))
    with poor.world.database.read(poor.store.store_id) as db:
        read = list(spending.lots_to_spend(db, poor.store.store_id, poor.ana))
        known = ledger.lots_of(db, poor.store.store_id, [poor.ana])[poor.ana]
        begun = spending.lots_to_spend(db, poor.store.store_id, poor.ana)
        uses, missing = draw(begun, 300)
    assert read == spending_order(known)
    assert ([use.points for use in uses], missing) == ([200, 100], 0)
    assert uses[1].lot == read[1]


def test_a_member_of_another_store_redeems_nothing(at: Counter) -> None:
    stranger = at.world.connect("Elsewhere")
    at.grant(500, member_id=enrolled(at.world, at.store, at.rig.shoppers["finn"]))
    other = Counter(at.world, at.rig, stranger, at.ana)
    assert other.refusal() == f"There is no member {at.ana} in this store."
    assert FIVE["cost_points"] == at.available()
