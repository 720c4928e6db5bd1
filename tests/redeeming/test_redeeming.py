"""Points become a code that works at the store's checkout, once, and for her who spent them."""

from __future__ import annotations

from core.domain.redemptions import State
from tests.contract.rig import Cart
from tests.redeeming.counter import Counter


def test_points_are_spent_at_once_and_the_code_is_live_when_the_store_has_it(at: Counter) -> None:
    made = at.wish()

    assert (made.state, at.available()) == (State.PENDING, 0)
    assert at.work() == 1
    assert at.state(made.id) == State.LIVE
    assert [one.code.lower() for one in at.codes_of_ours()] == [made.code.lower()]
    at.assert_adds_up()


def test_the_code_takes_its_amount_off_for_ana_and_for_nobody_else(at: Counter) -> None:
    code = at.wish().code
    at.work()
    cart = tuple(at.rig.prices_minor)

    assert at.rig.price(Cart("ana", code, cart)).discount_minor == 500
    assert at.rig.price(Cart("finn", code, cart)).is_refused


def test_an_order_with_the_code_marks_it_used(at: Counter) -> None:
    made = at.wish()
    at.work()
    at.checkout(made.code)

    assert at.state(made.id) == State.USED
    assert at.redemption(made.id).order_ref
    assert at.available() == 0
    at.assert_adds_up()
