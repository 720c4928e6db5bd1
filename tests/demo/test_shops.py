"""Both demo stores keep books of their own that say what every order is worth."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from sandbox.demo.acorn import Acorn
from sandbox.demo.birch import Birch
from sandbox.demo.shop import ANA, Cart, Shop
from tests.world import NOW


class Clock:
    """A second passes each time it is read."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def acorn() -> Shop:
    return Acorn("http://127.0.0.1:1", Clock())


def birch() -> Shop:
    made = Birch("http://127.0.0.1:1", Clock())
    made.deliver_to("http://127.0.0.1:1/webhooks/woocommerce/x")
    return made


@pytest.fixture(params=[acorn, birch], ids=["acorn", "birch"])
def shop(request: pytest.FixtureRequest) -> Shop:
    made: Shop = request.param()
    return made


def bought(shop: Shop, shopper: int = 1, quantity: int = 2, code: str = "") -> Cart:
    return Cart(shop.shoppers[shopper], ((shop.goods[1].goods_ref, quantity),), code)


def test_an_order_is_worth_what_its_goods_promise_and_less_with_each_piece_given_back(shop: Shop) -> None:
    order = shop.order(bought(shop))
    whole = shop.worth()[order.order_ref]
    assert whole >= 2 * shop.goods[1].earns_points
    given_back = shop.give_back(Random(1))
    assert given_back is not None
    assert given_back.amount_minor < 0
    assert shop.worth()[order.order_ref] in {whole // 2, whole - whole // 2}
    shop.give_back(Random(1))
    assert shop.worth()[order.order_ref] == 0


def test_a_cancelled_order_is_worth_nothing(shop: Shop) -> None:
    order = shop.order(bought(shop))
    assert shop.cancel(Random(1)) is not None
    assert shop.worth() == {order.order_ref: 0}


def test_nobody_but_ana_touches_anas_orders(shop: Shop) -> None:
    assert shop.shoppers[0].name == ANA
    shop.order(bought(shop, shopper=0))
    assert shop.give_back(Random(1)) is None
    assert shop.cancel(Random(1)) is None


def test_what_is_still_in_the_post_is_changed_first(shop: Shop) -> None:
    orders = [shop.order(bought(shop)) for _ in range(5)]
    changed = shop.cancel(Random(1), {orders[2].order_ref})
    assert changed is not None
    assert changed.order_ref == orders[2].order_ref


def test_every_happening_leaves_as_letters_that_say_what_they_are_about(shop: Shop) -> None:
    order = shop.order(bought(shop))
    letters = shop.letters()
    assert {letter.about for letter in letters} == {order}
    assert shop.letters() == []
    back = shop.give_back(Random(1))
    assert {letter.about for letter in shop.letters()} == {back}


def test_a_code_that_is_not_there_is_refused_with_a_reason_and_ordering_goes_on(shop: Shop) -> None:
    priced = shop.price(bought(shop, code="NOPE"))
    assert priced.refusal
    assert priced.discount_minor == 0
    assert shop.order(bought(shop, code="NOPE")).amount_minor == priced.total_minor


def test_the_oldest_orders_are_forgotten(shop: Shop) -> None:
    orders = [shop.order(bought(shop)) for _ in range(6)]
    shop.letters()
    shop.forget(kept=4)
    assert list(shop.worth()) == [order.order_ref for order in orders[2:]]
    assert shop.order(bought(shop)).order_name not in {order.order_name for order in orders}
