"""The stand-in Shopify's checkout: who may use a code, and what it takes off which line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sandbox.shopify import trade
from sandbox.shopify.amounts import shares
from sandbox.shopify.checkout import Cart, Checkout, checkout
from sandbox.shopify.discounts import CodeDiscount, Kind
from sandbox.shopify.store import Store
from tests.contract.shopify import a_store
from tests.world import NOW

MUG, BEANS, GRINDER, PAPERS = 7001, 7002, 7003, 7004  # 19.90, 18.50, 79.00, 6.90
EVERYTHING = frozenset(Kind)


def a_code(number: int = 1, **changes: Any) -> CodeDiscount:
    """5.00 off for everybody."""
    plain: dict[str, Any] = {"amount": 500, "starts_at": NOW - timedelta(days=1)}
    return CodeDiscount(number, f"C{number}", "Sale", **(plain | changes))


def priced(*discounts: CodeDiscount, store: Store | None = None, **cart: Any) -> Checkout:
    """A mug and beans, with all the codes."""
    shop = store or a_store()
    shop.discounts.update({one.discount_id: one for one in discounts})
    plain: dict[str, Any] = {
        "pieces": ((MUG, 1), (BEANS, 1)),
        "codes": tuple(one.code for one in discounts),
        "customer_id": 7,
    }
    return checkout(shop, Cart(**(plain | cart)), NOW)


def by_line(told: Checkout) -> list[int]:
    return [sum(row.discounts) for row in told.rows]


def test_without_a_code_a_cart_is_its_goods_and_the_shipping() -> None:
    assert priced().total == 19_90 + 18_50 + 4_95


def test_an_amount_is_spread_by_price_and_no_cent_is_lost() -> None:
    assert by_line(priced(a_code())) == [260, 240]
    three = priced(a_code(amount=10_00), pieces=((PAPERS, 1), (PAPERS, 1), (PAPERS, 1)))
    assert by_line(three) == [334, 333, 333]


def test_shares_always_come_to_the_whole() -> None:
    assert shares(100, [1, 1, 1]) == [34, 33, 33]
    assert shares(2, [0, 5, 0, 5, 5]) == [0, 1, 0, 1, 0]
    assert shares(7, [0, 0]) == [0, 0]
    assert shares(9, [4, 5]) == [4, 5]


def test_an_amount_beyond_the_goods_leaves_the_shipping_to_pay() -> None:
    assert priced(a_code(amount=100_00)).total == 4_95


def test_an_amount_per_item_comes_off_each_piece() -> None:
    told = priced(a_code(is_per_item=True, product_ids=(MUG,)), pieces=((MUG, 3), (BEANS, 1)))
    assert by_line(told) == [15_00, 0]


def test_a_percentage_is_rounded_half_up() -> None:
    told = priced(a_code(amount=None, share=Decimal("0.125")), pieces=((PAPERS, 1),))
    assert by_line(told) == [86]


def test_all_pieces_of_a_free_product_are_free() -> None:
    free = a_code(amount=None, share=Decimal(1), product_ids=(MUG,))
    assert by_line(priced(free, pieces=((MUG, 2), (BEANS, 1)))) == [39_80, 0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer_ids": (8,)}, "not for this customer"),
        ({"starts_at": NOW + timedelta(seconds=1)}, "not active"),
        ({"ends_at": NOW}, "not active"),
        ({"product_ids": (GRINDER,)}, "nothing in the cart"),
        ({"minimum": 38_41}, "minimum spend"),
        ({"minimum": 18_51, "product_ids": (BEANS,)}, "minimum spend"),
        ({"usage_limit": 0}, "as often as it may"),
    ],
)
def test_a_code_is_refused_with_its_reason(changes: dict[str, Any], words: str) -> None:
    told = priced(a_code(**changes))
    assert words in told.refused["C1"]
    assert told.taken_off == 0


@pytest.mark.parametrize(
    "changes", [{"customer_ids": (7,)}, {"starts_at": NOW}, {"minimum": 38_40}, {"usage_limit": 1}]
)
def test_at_its_very_limits_a_code_is_taken(changes: dict[str, Any]) -> None:
    assert priced(a_code(**changes)).refused == {}


def test_a_guest_cannot_use_a_code_that_is_somebodys() -> None:
    assert priced(a_code(customer_ids=(7,)), customer_id=None).refused


def test_a_name_counts_in_any_case_and_once() -> None:
    assert priced(a_code(), codes=("c1", "C1")).taken_off == 500
    assert priced(codes=("NOPE",)).refused == {"NOPE": "there is no such code"}


def test_codes_that_do_not_both_allow_it_are_not_combined() -> None:
    order = a_code(1, combines=EVERYTHING)
    shipping = a_code(2, amount=None)
    assert list(priced(order, shipping).refused) == ["C2"]
    told = priced(order, replace(shipping, combines=frozenset({Kind.ORDER})))
    assert (told.refused, told.taken_off) == ({}, 500 + 495)


def test_products_come_first_and_the_order_takes_of_what_is_left() -> None:
    order = a_code(1, amount=None, share=Decimal("0.5"), combines=EVERYTHING)
    product = a_code(2, amount=9_90, product_ids=(MUG,), combines=EVERYTHING)
    told = priced(order, product)
    assert [discount.code for discount in told.discounts] == ["C2", "C1"]
    assert [row.discounts for row in told.rows] == [(9_90, 5_00), (0, 9_25)]


def test_a_line_takes_one_discount_on_products() -> None:
    first, second = (
        a_code(number, product_ids=(MUG,), combines=EVERYTHING, amount=amount)
        for number, amount in ((1, 100), (2, 900))
    )
    assert by_line(priced(first, second)) == [100, 0]


def test_a_use_counts_at_once_for_the_checkout_and_late_for_everybody_else() -> None:
    store = a_store()
    code = a_code(usage_limit=1)
    assert priced(code, store=store).refused == {}
    trade.place(store, Cart(((MUG, 1),), ("C1",), 7), NOW)
    used = store.discounts[1]
    assert checkout(store, Cart(((MUG, 1),), ("C1",), 7), NOW).refused
    assert [store.told_uses(used, NOW + timedelta(seconds=late_s)) for late_s in (29, 30)] == [0, 1]


def test_once_per_customer_leaves_the_others_their_turn() -> None:
    store = a_store()
    store.discounts[1] = a_code(is_once_per_customer=True)
    trade.place(store, Cart(((MUG, 1),), ("C1",), 7), NOW)
    assert [bool(priced(store=store, codes=("C1",), customer_id=who).refused) for who in (7, 8)] == [
        True,
        False,
    ]
