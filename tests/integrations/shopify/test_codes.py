"""What is Shopify's own about codes; what every platform must do stands in the contract."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.domain.discounts import (
    AmountOff,
    Combines,
    Discount,
    FreeProduct,
    FreeShipping,
    Holder,
    PercentOff,
)
from core.domain.errors import CodeTaken, PlatformRefused, PlatformUnavailable, StoreUnauthorized
from integrations.shopify.code_input import LONGEST_TITLE, discount_input, full_title, why_not
from integrations.shopify.shop import ShopifyShop
from sandbox.shopify.discounts import CodeDiscount, Kind
from tests.all_codes import all_codes
from tests.fakes.shopify_admin import ShopifyAdmin
from tests.integrations.shopify.test_admin import answering
from tests.world import NOW

WANTED = Discount(
    code="REG-7Q4MK2XD",
    mark="Regulars r7",
    title="5.00 off",
    benefit=AmountOff(500),
    currency="EUR",
    holder=Holder("7", "ana@example.com"),
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"holder": Holder(None, "gus@example.com")}, "customer account"),
        ({"benefit": PercentOff(Decimal(10), cap_minor=2000)}, "no cap"),
        ({"benefit": FreeShipping(), "product_refs": ("7001",)}, "whole order"),
        ({"benefit": FreeShipping(), "combines": frozenset({Combines.SHIPPING})}, "never combines"),
        ({"benefit": FreeProduct("7001"), "minimum_spend_minor": 2000}, "only the free product itself"),
        ({"benefit": FreeProduct("7001"), "product_refs": ("7002",)}, "leave the other products out"),
        ({"product_refs": tuple(str(number) for number in range(1, 102))}, "for 100 products"),
    ],
)
def test_what_shopify_cannot_make_is_said_in_a_sentence_before_anything_is_asked(
    acorn: ShopifyAdmin, shop: ShopifyShop, changes: dict[str, Any], words: str
) -> None:
    asked = replace(WANTED, **changes)
    assert words in str(why_not(asked))
    with pytest.raises(PlatformRefused, match=words):
        shop.create_code(asked)
    assert acorn.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"benefit": PercentOff(Decimal("12.5")), "product_refs": ("7001", "7002")},
        {"benefit": FreeShipping(), "combines": frozenset({Combines.ORDER, Combines.PRODUCT})},
        {"benefit": FreeProduct("7001"), "combines": frozenset(Combines)},
        {"minimum_spend_minor": 2999, "starts_at": NOW, "ends_at": NOW + timedelta(days=1, microseconds=7)},
        {"title": "x" * 400},
    ],
)
def test_what_shopify_can_make_comes_back_as_it_was_asked_for(
    shop: ShopifyShop, changes: dict[str, Any]
) -> None:
    asked = replace(WANTED, **changes)
    assert why_not(asked) is None
    made = shop.create_code(asked)
    assert (made.problem, made.mark, made.code) == ("", asked.mark, asked.code)
    assert shop.find_codes(asked) == [made]


def test_the_mark_comes_first_and_survives_the_longest_title() -> None:
    title = full_title(replace(WANTED, title="x" * 400))
    assert title.startswith("Regulars r7 · x")
    assert len(title) == LONGEST_TITLE


@pytest.mark.parametrize("benefit", [AmountOff(500), PercentOff(Decimal(10)), FreeShipping()])
def test_a_code_is_tied_to_its_customer_by_context_and_by_nothing_deprecated(benefit: Any) -> None:
    _, discount = discount_input(replace(WANTED, benefit=benefit))
    assert discount["context"] == {"customers": {"add": ["gid://shopify/Customer/7"]}}
    assert "customerSelection" not in discount
    assert discount["usageLimit"] == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"holder": Holder("99", None)}, "Customer does not exist"),
        ({"product_refs": ("99",)}, "Product does not exist"),
        ({"starts_at": NOW, "ends_at": NOW}, "after starts at"),
        ({"benefit": AmountOff(0)}, "greater than 0"),
    ],
)
def test_what_shopify_refuses_is_refused_in_its_own_words(
    shop: ShopifyShop, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(PlatformRefused, match=words):
        shop.create_code(replace(WANTED, **changes))
    assert shop.find_codes(WANTED) == []


def test_a_taken_name_counts_whatever_else_is_wrong_for_a_lost_call_may_have_taken_it(
    shop: ShopifyShop,
) -> None:
    shop.create_code(WANTED)
    with pytest.raises(CodeTaken):
        shop.create_code(replace(WANTED, mark=" ", title=" "))


@pytest.mark.parametrize("scope", ["write_discounts", "read_customers", "read_products"])
def test_a_missing_right_needs_the_merchant_and_is_named(
    acorn: ShopifyAdmin, shop: ShopifyShop, scope: str
) -> None:
    acorn.scopes.remove(scope)
    if scope == "write_discounts":
        acorn.scopes.add("read_discounts")
    with pytest.raises(StoreUnauthorized, match=scope):
        shop.create_code(replace(WANTED, product_refs=("7001",)))


def test_a_right_that_is_missing_for_reading_only_leaves_a_code_that_is_found_later(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.scopes.remove("read_customers")
    with pytest.raises(StoreUnauthorized):
        shop.create_code(WANTED)
    acorn.scopes.add("read_customers")
    assert [found.problem for found in shop.find_codes(WANTED)] == [""]


def test_our_codes_come_from_all_pages_even_when_the_search_finds_others_too(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    titles = {f"C{number}": "Regulars r · x" if number % 3 else "Regulars get 10 %" for number in range(120)}
    titles |= {"S1": "Summer", "S2": "regulars welcome"}
    for number, (code, title) in enumerate(titles.items(), start=1):
        discount = CodeDiscount(number, code, title, starts_at=NOW, amount=100)
        acorn.admin.store.discounts[number] = discount
    ours = {found.code for found in all_codes(shop)}
    assert ours == {code for code, title in titles.items() if title == "Regulars r · x"}
    assert len(acorn.asked) == 3


def test_a_kind_of_discount_that_is_never_ours_is_found_under_its_name_and_not_listed(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    node = {"id": "gid://shopify/DiscountCodeNode/5", "codeDiscount": {}}
    acorn.next(answering(200, {"data": {"codeDiscountNodeByCode": node}}))
    (found,) = shop.find_codes(WANTED)
    assert (found.code, found.code_ref, found.mark) == (WANTED.code, "5", None)
    assert found.problem != ""

    info = {"hasNextPage": False, "endCursor": None}
    page = {"nodes": [{"id": "gid://shopify/DiscountNode/5", "discount": {}}], "pageInfo": info}
    acorn.next(answering(200, {"data": {"discountNodes": page}}))
    assert list(all_codes(shop)) == []


@pytest.mark.parametrize(
    "data",
    [
        {"discountCodeBasicCreate": None},
        {"discountCodeBasicCreate": {"codeDiscountNode": None, "userErrors": []}},
        {"discountCodeBasicCreate": {"codeDiscountNode": {"id": "x", "codeDiscount": {}}, "userErrors": []}},
        {"discountCodeBasicCreate": {"codeDiscountNode": {"id": "gid://shopify/DiscountCodeNode/5"}}},
        {},
    ],
)
def test_an_answer_without_sense_leaves_open_whether_there_is_a_code(
    acorn: ShopifyAdmin, shop: ShopifyShop, data: dict[str, Any]
) -> None:
    acorn.next(answering(200, {"data": data}))
    with pytest.raises(PlatformUnavailable, match="makes no sense"):
        shop.create_code(WANTED)


def test_a_code_that_was_asked_to_end_and_goes_on_is_trouble(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    made = shop.create_code(WANTED)
    still_on = {"codeDiscountNode": {"codeDiscount": {"status": "ACTIVE"}}, "userErrors": []}
    acorn.next(
        answering(200, {"data": {"discountNode": {"discount": {"status": "ACTIVE"}}}}),
        answering(200, {"data": {"discountCodeDeactivate": still_on}}),
    )
    with pytest.raises(PlatformUnavailable, match="has not ended"):
        shop.disable_code(made.code_ref)


def test_a_code_that_was_switched_off_is_still_the_one_that_was_wanted(shop: ShopifyShop) -> None:
    asked = replace(WANTED, ends_at=NOW + timedelta(days=90))
    made = shop.create_code(asked)
    shop.disable_code(made.code_ref)
    (found,) = shop.find_codes(asked)
    assert (found.is_live, found.problem) == (False, "")


def test_the_store_is_told_no_address_for_the_customer_is_enough(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    shop.create_code(WANTED)
    assert "ana@example.com" not in json.dumps([asked.variables for asked in acorn.asked])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"usage_limit": None}, "more than once"),
        ({"usage_limit": 2}, "more than once"),
        ({"customer_ids": None}, "not for this customer alone"),
        ({"customer_ids": (7, 8)}, "not for this customer alone"),
        ({"combines": frozenset({Kind.ORDER})}, "combines with other"),
        ({"is_per_item": True}, "another amount"),
        ({"minimum": 1}, "minimum spend"),
        ({"product_ids": (7001,)}, "other products"),
        ({"title": "Regulars r8 · 5.00 off"}, "our mark"),
        ({"starts_at": NOW}, "starts at another time"),
        ({"ends_at": NOW + timedelta(days=1)}, "ends at another time"),
        ({"amount": None}, "nothing off goods"),
    ],
)
def test_what_staff_changed_about_a_code_is_told(
    acorn: ShopifyAdmin, shop: ShopifyShop, changes: dict[str, Any], words: str
) -> None:
    shop.create_code(WANTED)
    ((number, discount),) = acorn.admin.store.discounts.items()
    acorn.admin.store.discounts[number] = replace(discount, **changes)
    (found,) = shop.find_codes(WANTED)
    assert words in found.problem
