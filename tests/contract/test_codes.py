"""Codes work at the store's checkout, whatever the platform: the adapter against a stand-in, over HTTP."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.domain.discounts import (
    AmountOff,
    Benefit,
    ChangesCodes,
    Combines,
    Discount,
    FoundCode,
    FreeProduct,
    FreeShipping,
    PercentOff,
)
from core.domain.errors import CodeTaken, PlatformRefused, PlatformUnavailable, StoreUnauthorized
from core.domain.platform import Delivery, OrderTold
from tests.all_codes import all_codes
from tests.contract.rig import Cart, Rig, Trouble
from tests.world import NOW

CODE = "REG-7Q4MK2XDH0"
KINDS = ("amount", "percent", "free shipping", "free product")


def benefit(rig: Rig, kind: str) -> Benefit:
    """One benefit of each kind."""
    first, _ = rig.prices_minor
    benefits: dict[str, Benefit] = {
        "amount": AmountOff(500),
        "percent": PercentOff(Decimal(10)),
        "free shipping": FreeShipping(),
        "free product": FreeProduct(first),
    }
    return benefits[kind]


def wanted(rig: Rig, kind: str = "amount", code: str = CODE) -> Discount:
    """A code for Ana, for ninety days."""
    return Discount(
        code=code,
        mark=f"Regulars {code[-4:].lower()}",
        title="A reward for Ana",
        benefit=benefit(rig, kind),
        currency=rig.currency,
        holder=rig.shoppers["ana"],
        starts_at=NOW - timedelta(minutes=1),
        ends_at=NOW + timedelta(days=90),
    )


def a_cart(rig: Rig, shopper: str = "ana", code: str = CODE) -> Cart:
    """One piece of both products."""
    return Cart(shopper, code, tuple(rig.prices_minor))


def only(found: list[FoundCode]) -> FoundCode:
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_of_each_kind_is_made_as_asked_and_found_again(rig: Rig, kind: str) -> None:
    asked = wanted(rig, kind)
    made = rig.shop().create_code(asked)
    found = only(rig.shop().find_codes(asked))
    for one in (made, found):
        assert one.code.lower() == CODE.lower()
        assert (one.mark, one.is_live, one.uses, one.problem) == (asked.mark, True, 0, "")
    assert made.code_ref == found.code_ref


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_exactly_its_discount_at_the_checkout(rig: Rig, kind: str) -> None:
    rig.shop().create_code(wanted(rig, kind))
    first, _ = rig.prices_minor
    goods = sum(rig.prices_minor.values())
    worth = {
        "amount": 500,
        "percent": goods // 10,
        "free shipping": rig.shipping_minor,
        "free product": rig.prices_minor[first],
    }
    priced = rig.price(a_cart(rig))
    assert (priced.discount_minor, priced.is_refused) == (worth[kind], False)


def test_a_code_for_some_products_leaves_the_others_alone(rig: Rig) -> None:
    first, second = rig.prices_minor
    rig.shop().create_code(replace(wanted(rig, "percent"), product_refs=(second,)))
    assert rig.price(a_cart(rig)).discount_minor == rig.prices_minor[second] // 10
    assert rig.price(Cart("ana", CODE, (first,))).discount_minor == 0


@pytest.mark.parametrize("kind", KINDS)
def test_another_shopper_is_refused(rig: Rig, kind: str) -> None:
    rig.shop().create_code(wanted(rig, kind))
    priced = rig.price(a_cart(rig, "finn"))
    assert (priced.discount_minor, priced.is_refused) == (0, True)


def test_below_its_minimum_spend_a_code_is_refused_and_at_it_taken(rig: Rig) -> None:
    goods = sum(rig.prices_minor.values())
    for more, discount in ((0, 500), (1, 0)):
        code = f"{CODE}{more}"
        rig.shop().create_code(replace(wanted(rig, code=code), minimum_spend_minor=goods + more))
        assert rig.price(a_cart(rig, code=code)).discount_minor == discount


def test_a_code_works_once(rig: Rig) -> None:
    rig.shop().create_code(wanted(rig))
    rig.order(a_cart(rig))
    priced = rig.price(a_cart(rig))
    assert (priced.discount_minor, priced.is_refused) == (0, True)
    rig.wait(hours=1)
    found = only(rig.shop().find_codes(wanted(rig)))
    assert (found.uses, found.problem) == (1, "")


def test_after_its_end_a_code_is_refused_and_is_not_live(rig: Rig) -> None:
    rig.shop().create_code(wanted(rig))
    rig.wait(hours=24 * 91)
    assert rig.price(a_cart(rig)).is_refused
    assert not only(rig.shop().find_codes(wanted(rig))).is_live


def test_a_name_that_is_taken_is_told_from_every_other_refusal(rig: Rig) -> None:
    asked = wanted(rig)
    rig.shop().create_code(asked)
    with pytest.raises(CodeTaken):
        rig.shop().create_code(asked)
    assert only(rig.shop().find_codes(asked)).mark == asked.mark


def test_somebody_elses_code_of_that_name_is_found_and_is_not_ours(rig: Rig) -> None:
    rig.make_foreign_code(CODE.lower())
    with pytest.raises(CodeTaken):
        rig.shop().create_code(wanted(rig))
    found = only(rig.shop().find_codes(wanted(rig)))
    assert found.mark is None
    assert found.problem != ""


def test_a_code_that_is_another_than_wanted_says_how(rig: Rig) -> None:
    asked = wanted(rig)
    rig.shop().create_code(asked)
    for other in (
        replace(asked, benefit=AmountOff(499)),
        replace(asked, benefit=PercentOff(Decimal(10))),
        replace(asked, minimum_spend_minor=100),
        replace(asked, product_refs=tuple(rig.prices_minor)),
        replace(asked, holder=rig.shoppers["finn"]),
        replace(asked, ends_at=NOW + timedelta(days=91)),
    ):
        assert only(rig.shop().find_codes(other)).problem != ""


def test_a_name_nobody_has_is_not_found(rig: Rig) -> None:
    rig.make_foreign_code(f"{CODE}X")
    assert rig.shop().find_codes(wanted(rig)) == []


@pytest.mark.parametrize("trouble", [Trouble.TIMEOUT_AFTER, Trouble.RESET_AFTER])
def test_a_code_made_without_an_answer_is_found_by_its_name(rig: Rig, trouble: Trouble) -> None:
    rig.fail(trouble)
    with pytest.raises(PlatformUnavailable):
        rig.shop().create_code(wanted(rig))
    found = only(rig.shop().find_codes(wanted(rig)))
    assert (found.mark, found.problem) == (wanted(rig).mark, "")


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.TIMEOUT_BEFORE,
        Trouble.TOO_MANY,
        Trouble.SERVER_ERROR,
        Trouble.HTML,
        Trouble.REDIRECT,
    ],
)
def test_trouble_before_anything_is_done_may_pass_and_leaves_nothing_behind(
    rig: Rig, trouble: Trouble
) -> None:
    rig.fail(trouble)
    with pytest.raises(PlatformUnavailable):
        rig.shop().create_code(wanted(rig))
    assert rig.codes() == set()
    assert rig.shop().find_codes(wanted(rig)) == []
    assert rig.shop().create_code(wanted(rig)).problem == ""


@pytest.mark.parametrize(
    "trouble", [Trouble.TIMEOUT_BEFORE, Trouble.SERVER_ERROR, Trouble.HTML, Trouble.REDIRECT]
)
def test_a_look_up_that_fails_never_says_that_there_is_no_code(rig: Rig, trouble: Trouble) -> None:
    rig.shop().create_code(wanted(rig))
    rig.fail(trouble)
    with pytest.raises(PlatformUnavailable):
        rig.shop().find_codes(wanted(rig))


def test_a_late_answer_is_an_answer(rig: Rig) -> None:
    rig.fail(Trouble.SLOW)
    assert rig.shop().create_code(wanted(rig)).problem == ""


def test_with_dead_keys_nothing_is_made_and_the_merchant_is_needed(rig: Rig) -> None:
    shop = rig.shop(dead=True)
    with pytest.raises(StoreUnauthorized):
        shop.create_code(wanted(rig))
    with pytest.raises(StoreUnauthorized):
        shop.find_codes(wanted(rig))
    with pytest.raises(StoreUnauthorized):
        shop.disable_code("1")
    with pytest.raises(StoreUnauthorized):
        list(all_codes(shop))
    assert rig.codes() == set()


def test_a_disabled_code_is_refused_at_the_checkout_and_disabling_it_again_is_fine(rig: Rig) -> None:
    made = rig.shop().create_code(wanted(rig))
    for _ in range(2):
        rig.shop().disable_code(made.code_ref)
        assert rig.price(a_cart(rig)).is_refused
    assert not any(found.is_live for found in rig.shop().find_codes(wanted(rig)))


def test_disabling_a_code_that_is_not_there_is_fine(rig: Rig) -> None:
    rig.shop().disable_code("4711")


def test_a_disabling_without_an_answer_may_be_done_again(rig: Rig) -> None:
    made = rig.shop().create_code(wanted(rig))
    rig.fail(Trouble.TIMEOUT_AFTER)
    with pytest.raises(PlatformUnavailable):
        rig.shop().disable_code(made.code_ref)
    rig.shop().disable_code(made.code_ref)
    assert rig.price(a_cart(rig)).is_refused


def test_the_list_of_our_codes_holds_all_of_ours_and_nobody_elses(rig: Rig) -> None:
    names = [f"{CODE}{number}" for number in range(3)]
    for name in names:
        rig.shop().create_code(wanted(rig, code=name))
    rig.make_foreign_code("SUMMER")
    listed = list(all_codes(rig.shop()))
    assert {found.code.lower() for found in listed} == {name.lower() for name in names}
    assert {found.mark for found in listed} == {wanted(rig, code=name).mark for name in names}
    assert {(found.is_live, found.problem) for found in listed} == {(True, "")}


def told(rig: Rig, delivery: Delivery) -> OrderTold:
    """What a signed delivery says; it must tell a whole order."""
    rig.platform.verify(delivery, rig.secrets)
    label = rig.platform.label(delivery)
    message = rig.platform.normalize(label.topic, delivery.body, NOW)
    assert isinstance(message, OrderTold)
    return message


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_placed_with_a_code_is_delivered_signed_and_names_it(rig: Rig, kind: str) -> None:
    rig.shop().create_code(wanted(rig, kind))
    discount_minor = rig.price(a_cart(rig)).discount_minor
    deliveries = rig.order(a_cart(rig))
    assert deliveries
    for delivery in deliveries:
        snapshot = told(rig, delivery).snapshot
        assert [code.lower() for code in snapshot.discount_codes] == [CODE.lower()]
        assert snapshot.customer_ref == rig.shoppers["ana"].customer_ref
        goods = sum(rig.prices_minor.values())
        assert snapshot.gross_minor == goods + rig.shipping_minor - discount_minor


def changed(rig: Rig, asked: Discount, wanted_now: Discount) -> FoundCode:
    """Make one, and change it to another."""
    shop = rig.shop()
    assert isinstance(shop, ChangesCodes)
    made = shop.create_code(asked)
    return shop.change_code(made.code_ref, asked, wanted_now)


CHANGES: dict[str, dict[str, object]] = {
    "minimum": {"minimum_spend_minor": 1200},
    "end": {"ends_at": NOW + timedelta(days=200)},
    "no end": {"ends_at": None},
    "amount": {"benefit": AmountOff(700)},
    "percent": {"benefit": PercentOff(Decimal(20))},
    "combines": {"combines": frozenset(Combines)},
    "title": {"title": "Another name"},
    "all at once": {
        "minimum_spend_minor": 1000,
        "combines": frozenset(Combines),
        "benefit": AmountOff(300),
        "ends_at": NOW + timedelta(days=20),
    },
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_code_is_changed_in_place_and_back_and_stays_the_members_own(
    rig: Rig, change: dict[str, Any]
) -> None:
    asked = wanted(rig)
    other = replace(asked, **change)
    now = changed(rig, asked, other)
    assert (now.problem, now.is_live, now.mark) == ("", True, asked.mark)
    assert only(rig.shop().find_codes(other)).problem == ""
    assert rig.price(a_cart(rig, "finn")).is_refused
    shop = rig.shop()
    assert isinstance(shop, ChangesCodes)
    back = shop.change_code(now.code_ref, other, asked)
    assert (back.problem, back.code_ref) == ("", now.code_ref)
    assert rig.price(a_cart(rig)).discount_minor == 500
    assert len(rig.codes()) == 1


def test_a_code_is_changed_to_be_for_other_products_and_for_all(rig: Rig) -> None:
    first, second = rig.prices_minor
    asked = replace(wanted(rig, "percent"), product_refs=(first,))
    now, shop = changed(rig, asked, replace(asked, product_refs=(second,))), rig.shop()
    assert now.problem == ""
    assert rig.price(a_cart(rig)).discount_minor == rig.prices_minor[second] // 10
    assert isinstance(shop, ChangesCodes)
    for_all = replace(asked, product_refs=())
    assert shop.change_code(now.code_ref, replace(asked, product_refs=(second,)), for_all).problem == ""
    assert rig.price(a_cart(rig)).discount_minor == sum(rig.prices_minor.values()) // 10


def test_changing_without_an_answer_may_be_done_again(rig: Rig) -> None:
    asked, shop = wanted(rig), rig.shop()
    other, made = replace(asked, minimum_spend_minor=1200), shop.create_code(asked)
    assert isinstance(shop, ChangesCodes)
    rig.fail(Trouble.TIMEOUT_AFTER)
    with pytest.raises(PlatformUnavailable):
        shop.change_code(made.code_ref, asked, other)
    assert shop.change_code(made.code_ref, asked, other).problem == ""
    assert rig.codes() == {CODE.lower()}


def test_a_code_that_is_not_there_is_not_made_by_changing_it(rig: Rig) -> None:
    asked, shop = wanted(rig), rig.shop()
    assert isinstance(shop, ChangesCodes)
    with pytest.raises(PlatformRefused):
        shop.change_code("4711", asked, replace(asked, minimum_spend_minor=1200))
    assert rig.codes() == set()


def test_a_code_that_is_off_stays_off_when_it_is_changed(rig: Rig) -> None:
    asked, shop = wanted(rig), rig.shop()
    made = shop.create_code(asked)
    shop.disable_code(made.code_ref)
    assert isinstance(shop, ChangesCodes)
    with suppress(PlatformRefused):
        shop.change_code(made.code_ref, asked, replace(asked, minimum_spend_minor=1200))
    assert rig.price(a_cart(rig)).is_refused
