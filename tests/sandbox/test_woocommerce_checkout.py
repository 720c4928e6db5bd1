"""The stand-in's checkout: who may use a coupon, what it takes off, and who has used it."""

from __future__ import annotations

import base64
import json
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.woocommerce import coupons, orders
from sandbox.woocommerce.amounts import net_and_tax
from sandbox.woocommerce.bodies import order_json
from sandbox.woocommerce.checkout import Basket, place_order, quote
from sandbox.woocommerce.discounting import Item, discounts
from sandbox.woocommerce.problems import CheckoutRefused, Problem
from sandbox.woocommerce.store import Coupon, Order, Store, add_product
from tests.fakes.birch import ANA, NOW, Birch, birch

MALLORY = "mallory@example.com"


@pytest.fixture
def opened() -> Birch:
    return birch()


def a_coupon(opened: Birch, code: str = "ana", **fields: Any) -> Coupon:
    return coupons.create(opened.store, {"code": code, "amount": "300", **fields}, NOW)


def a_basket(opened: Birch, *codes: str, email: str = ANA, customer_id: int = 0) -> Basket:
    return Basket(((opened.mug.product_id, 1),), email, customer_id, codes)


def an_order(opened: Birch, *codes: str, email: str = ANA) -> Order:
    return place_order(opened.store, a_basket(opened, *codes, email=email), NOW)


def test_a_restricted_coupon_needs_an_address_that_matches_typed_or_of_the_account(opened: Birch) -> None:
    a_coupon(opened, email_restrictions=[ANA])
    with pytest.raises(CheckoutRefused, match="Please enter a valid email at checkout to use coupon"):
        quote(opened.store, a_basket(opened, "ana", email=""), NOW)
    with pytest.raises(CheckoutRefused, match="Please enter a valid email to use"):
        quote(opened.store, a_basket(opened, "ana", email=MALLORY), NOW)
    for basket in (
        a_basket(opened, "ana", email=" ANA@example.com"),
        a_basket(opened, "ANA", email="gift@example.com", customer_id=opened.ana.customer_id),
        a_basket(opened, "ana", email="", customer_id=opened.ana.customer_id),
    ):
        assert quote(opened.store, basket, NOW).discount_minor == 300


def test_a_dropped_restriction_is_no_restriction(opened: Birch) -> None:
    coupon = a_coupon(opened, email_restrictions=["not a mail", "user@localhost", "*"])
    assert coupon.email_restrictions == []
    assert quote(opened.store, a_basket(opened, "ana", email=MALLORY), NOW).discount_minor == 300


def test_an_asterisk_in_an_address_is_for_everybody_there(opened: Birch) -> None:
    a_coupon(opened, email_restrictions=["*@example.com"])
    assert quote(opened.store, a_basket(opened, "ana", email=MALLORY), NOW).discount_minor == 300


def test_the_use_of_a_cancelled_order_is_given_back_and_taken_again(opened: Birch) -> None:
    coupon = a_coupon(opened, usage_limit=1)
    order = an_order(opened, "ana")
    with pytest.raises(CheckoutRefused, match="Usage limit"):
        an_order(opened, "ana")
    orders.set_status(opened.store, order.order_id, "cancelled", NOW)
    assert coupon.usage_count == 0
    an_order(opened, "ana")
    orders.set_status(opened.store, order.order_id, "processing", NOW)
    assert coupon.usage_count == 2


def test_a_trashed_order_gives_its_use_back_a_refunded_one_keeps_it(opened: Birch) -> None:
    coupon = a_coupon(opened, usage_limit=1)
    order = an_order(opened, "ana")
    orders.set_status(opened.store, order.order_id, "refunded", NOW)
    assert coupon.usage_count == 1
    orders.trash(opened.store, order.order_id, NOW)
    assert coupon.usage_count == 0
    orders.restore(opened.store, order.order_id, NOW)
    assert (order.status, coupon.usage_count) == ("refunded", 0)


def test_a_coupon_is_good_until_its_end(opened: Birch) -> None:
    a_coupon(opened, date_expires="2026-11-20T19:00:05")
    assert quote(opened.store, a_basket(opened, "ana"), NOW + timedelta(seconds=5)).discount_minor == 300
    with pytest.raises(CheckoutRefused, match="expired"):
        quote(opened.store, a_basket(opened, "ana"), NOW + timedelta(seconds=6))


@pytest.mark.parametrize(
    ("written", "in_utc"),
    [
        ({"date_expires": "2026-12-24T00:00:00"}, "2026-12-23T15:00:00"),
        ({"date_expires": "2026-12-24"}, "2026-12-23T15:00:00"),
        ({"date_expires": "2026-12-24T00:00:00Z"}, "2026-12-24T00:00:00"),
        ({"date_expires_gmt": "2026-12-24T00:00:00"}, None),
    ],
)
def test_an_end_is_the_stores_local_time_unless_a_zone_is_named_and_gmt_is_never_heeded(
    opened: Birch, written: dict[str, str], in_utc: str | None
) -> None:
    coupon = a_coupon(opened, **written)
    assert coupons.coupon_json(opened.store, coupon)["date_expires_gmt"] == in_utc


def test_a_minimum_is_compared_with_the_prices_shown(opened: Birch) -> None:
    a_coupon(opened, minimum_amount="1500")
    a_coupon(opened, "more", minimum_amount="1501")
    assert quote(opened.store, a_basket(opened, "ana"), NOW).total_minor == 1500 - 300 + 550
    with pytest.raises(CheckoutRefused, match="minimum spend"):
        quote(opened.store, a_basket(opened, "more"), NOW)


def test_an_amount_is_never_taken_off_shipping(opened: Birch) -> None:
    a_coupon(opened, amount="9999")
    assert quote(opened.store, a_basket(opened, "ana"), NOW).total_minor == 550


def test_a_coupon_for_itself_alone_blocks_later_ones_and_throws_out_earlier_ones(opened: Birch) -> None:
    a_coupon(opened, "alone", individual_use=True, amount="100")
    a_coupon(opened, "other")
    asked = quote(opened.store, a_basket(opened, "other", "alone"), NOW)
    assert [line.code for line in asked.coupon_lines] == ["alone"]
    with pytest.raises(CheckoutRefused, match="cannot be combined"):
        quote(opened.store, a_basket(opened, "alone", "other"), NOW)


def test_what_rounding_leaves_is_handed_out_from_the_first_line_on() -> None:
    coupon = Coupon(1, "x", NOW, NOW, amount=Decimal(100))
    items = [Item(1, 1, 1000), Item(2, 1, 1000), Item(3, 1, 1000)]
    assert discounts(coupon, items, 0) == [34, 33, 33]
    assert discounts(coupon, [Item(1, 1, 10), Item(2, 1, 1000)], 0) == [10, 90]
    coupon.discount_type, coupon.amount = "percent", Decimal(10)
    assert discounts(coupon, [Item(1, 1, 995), Item(2, 1, 995)], 0) == [100, 99]


def test_a_percentage_over_a_hundred_is_refused(opened: Birch) -> None:
    for amount in ("101", "-1"):
        with pytest.raises(Problem) as raised:
            a_coupon(opened, discount_type="percent", amount=amount)
        assert (raised.value.status, raised.value.code) == (400, "coupon_invalid_amount")


def test_a_code_is_taken_in_any_case_until_it_is_in_the_bin(opened: Birch) -> None:
    first = a_coupon(opened, "ANA-1")
    with pytest.raises(Problem) as raised:
        a_coupon(opened, "ana-1")
    assert raised.value.code == "woocommerce_rest_coupon_code_already_exists"
    assert "id" not in str(raised.value.body()["data"])
    coupons.delete(opened.store, first.coupon_id, NOW, force=False)
    assert a_coupon(opened, "ana-1").code == "ana-1"


def test_two_who_both_looked_before_either_wrote_make_twins_of_which_one_is_seen(opened: Birch) -> None:
    looked = [coupons.check(opened.store, {"code": "twin"}) for _ in range(2)]
    _, second = (coupons.write(opened.store, one, NOW) for one in looked)
    assert coupons.listed(opened.store, "TWIN", None) == [second]
    assert len(coupons.listed(opened.store, None, "twin")) == 2


def test_an_order_with_a_coupon_has_the_amounts_of_the_captured_one(shared: Path) -> None:
    captures = shared / "platforms" / "woocommerce" / "captures"
    capture = json.loads((captures / "115-coupon-order-ok--order.created.json").read_text("utf-8"))
    told = json.loads(base64.b64decode(capture["body_base64"]))
    store = Store("A", "https://a.example", random.Random(1), "EUR", 2, tax_percent=19, shipping_minor=490)
    poster = add_product(store, "Poster", 10_000)
    coupons.create(store, {"code": "EM04028", "amount": "5.00"}, NOW)
    basket = Basket(((poster.product_id, 1),), "vip@example.test", codes=("em04028",))
    ours = order_json(store, place_order(store, basket, NOW))
    assert {name for name in told if name not in ours} == {
        *("cart_hash", "customer_ip_address", "customer_user_agent")
    }
    for name in ("total", "total_tax", "cart_tax", "discount_total", "discount_tax", "shipping_tax"):
        assert ours[name] == told[name], name
    for name in ("subtotal", "subtotal_tax", "total", "total_tax"):
        assert ours["line_items"][0][name] == told["line_items"][0][name], name
    for name in ("code", "discount", "discount_tax", "discount_type", "nominal_amount", "free_shipping"):
        assert ours["coupon_lines"][0][name] == told["coupon_lines"][0][name], name


def test_tax_that_a_price_contains_is_rounded_half_down() -> None:
    assert net_and_tax(9, 20, has_tax_in_prices=True) == (8, 1)
    assert net_and_tax(25, 10, has_tax_in_prices=False) == (25, 3)
