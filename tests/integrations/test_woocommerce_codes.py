"""Discount codes at a WooCommerce store: what is asked, what it makes of it, and what we make of that."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.domain.discounts import (
    AmountOff,
    CodeShop,
    Combines,
    Discount,
    FreeProduct,
    FreeShipping,
    Holder,
    PercentOff,
)
from core.domain.errors import (
    CodeTaken,
    Moved,
    NotAnApi,
    PlatformRefused,
    PlatformTrouble,
    StoreUnauthorized,
    Throttled,
    Unreachable,
)
from integrations.outgoing.session import open_session
from integrations.woocommerce import PLATFORM
from integrations.woocommerce.client import PAGE_SIZE, WooCommerceClient
from integrations.woocommerce.shop import WooCommerceShop
from sandbox.woocommerce import checkout, coupons, faults
from sandbox.woocommerce.checkout import Basket
from sandbox.woocommerce.problems import CheckoutRefused
from sandbox.woocommerce.serving import Serving
from sandbox.woocommerce.store import Coupon
from tests.all_codes import all_codes
from tests.fakes.birch import ANA, NOW, Birch, Hands, a_discount, birch, served
from tests.integrations.callers import LOOPBACK, SHORT, a_client


@pytest.fixture
def running(store: Serving) -> Serving:
    """Birch over https."""
    return store


@pytest.fixture
def shop(client: WooCommerceClient) -> CodeShop:
    """The adapter, short of patience."""
    return WooCommerceShop(client)


def the_coupon(opened: Birch) -> Coupon:
    [coupon] = opened.store.coupons.values()
    return coupon


def pays(opened: Birch, running: Serving, items: dict[int, int], email: str = ANA) -> int:
    """What the basket with Ana's code costs."""
    basket = Basket(tuple(items.items()), email, codes=("ANA-7Q2M-X4",))
    return checkout.quote(opened.store, basket, running.door.now()).total_minor


def test_an_amount_comes_off_at_the_checkout(opened: Birch, running: Serving, shop: CodeShop) -> None:
    made = shop.create_code(a_discount(AmountOff(300)))
    assert (made.problem, made.is_live, made.uses) == ("", True, 0)
    assert made.mark == "Regulars redemption 12"
    assert pays(opened, running, {opened.mug.product_id: 1}) == 1500 - 300 + 550


def test_an_amount_for_products_comes_off_one_piece_of_them_alone(
    opened: Birch, running: Serving, shop: CodeShop
) -> None:
    mug = opened.mug.product_id
    assert shop.create_code(a_discount(AmountOff(300), product_refs=(str(mug),))).problem == ""
    assert pays(opened, running, {mug: 2, opened.tea.product_id: 1}) == 3000 - 300 + 990 + 550
    with pytest.raises(CheckoutRefused, match="not valid for the products"):
        pays(opened, running, {opened.tea.product_id: 1})


def test_a_percentage_comes_off(opened: Birch, running: Serving, shop: CodeShop) -> None:
    assert shop.create_code(a_discount(PercentOff(Decimal("12.50")))).problem == ""
    assert pays(opened, running, {opened.tea.product_id: 1}) == 990 - 124 + 550


def test_shipping_is_free_where_the_store_has_such_a_method(
    opened: Birch, running: Serving, shop: CodeShop
) -> None:
    assert shop.create_code(a_discount(FreeShipping())).problem == ""
    assert pays(opened, running, {opened.mug.product_id: 1}) == 1500
    opened.store.has_free_shipping_method = False
    assert pays(opened, running, {opened.mug.product_id: 1}) == 2050


def test_one_piece_of_a_product_is_free(opened: Birch, running: Serving, shop: CodeShop) -> None:
    mug, tea = opened.mug.product_id, opened.tea.product_id
    assert shop.create_code(a_discount(FreeProduct(str(tea)))).problem == ""
    assert pays(opened, running, {mug: 1, tea: 2}) == 1500 + 990 + 550


def test_a_code_is_for_its_member_once_above_its_minimum_until_its_end(
    opened: Birch, running: Serving, shop: CodeShop
) -> None:
    ends_at = running.door.now() + timedelta(days=30, microseconds=5)
    made = shop.create_code(a_discount(minimum_spend_minor=1500, ends_at=ends_at))
    coupon, mug, tea = the_coupon(opened), opened.mug.product_id, opened.tea.product_id
    assert made.problem == ""
    assert coupon.expires_at == ends_at.replace(microsecond=0)
    with pytest.raises(CheckoutRefused, match="valid email at checkout"):
        pays(opened, running, {mug: 1}, email="")
    with pytest.raises(CheckoutRefused, match="valid email"):
        pays(opened, running, {mug: 1}, email="mallory@example.com")
    with pytest.raises(CheckoutRefused, match="minimum spend"):
        pays(opened, running, {tea: 1})
    basket = Basket(((mug, 1),), "Ana@Example.com", codes=("ana-7q2m-x4",))
    checkout.place_order(opened.store, basket, running.door.now())
    with pytest.raises(CheckoutRefused, match="Usage limit"):
        pays(opened, running, {mug: 1})
    assert [code.uses for code in shop.find_codes(a_discount(ends_at=ends_at))] == [1]


def test_a_code_that_ended_is_not_live(opened: Birch, shop: CodeShop) -> None:
    ended = a_discount(ends_at=NOW - timedelta(days=400))
    made = shop.create_code(ended)
    assert (made.is_live, made.problem) == (False, "")
    assert [code.is_live for code in shop.find_codes(ended)] == [False]


@pytest.mark.parametrize(
    ("combines", "is_alone"), [(frozenset(), True), (frozenset(Combines), False)], ids=["nothing", "anything"]
)
def test_a_coupon_is_used_alone_or_with_any_other(
    opened: Birch, shop: CodeShop, combines: frozenset[Combines], is_alone: bool
) -> None:
    assert shop.create_code(a_discount(combines=combines)).problem == ""
    assert the_coupon(opened).individual_use is is_alone


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (a_discount(PercentOff(Decimal(10), cap_minor=500)), "cannot cap"),
        (a_discount(FreeProduct("gid://shopify/Product/1")), "whole numbers"),
        (a_discount(product_refs=("10", "mug")), "“mug”"),
        (a_discount(combines=frozenset({Combines.SHIPPING})), "alone or with any other"),
        (a_discount(holder=Holder("1", None)), "has none"),
        *(
            (a_discount(holder=Holder(None, email)), "change or drop")
            for email in (
                *("zoé@example.com", "ana@münchen.example", "ana@localhost", "*@example.com", "a|b@x.com"),
                *("not a mail", "a@b.c", "ana@-example.com", "ana@example..com", "ana@example.com,x@y.com"),
            )
        ),
    ],
)
def test_what_woocommerce_cannot_say_is_not_even_asked(
    running: Serving, shop: CodeShop, wanted: Discount, words: str
) -> None:
    reason = PLATFORM.why_not(wanted)
    assert reason is not None
    assert words in reason
    assert "@" not in reason
    with pytest.raises(PlatformRefused, match=words):
        shop.create_code(wanted)
    assert running.asked == []


@pytest.mark.parametrize("email", ["Ana.Doe+shop@Example.com", "o'neil@xn--mnchen-3ya.example", "a_b@x.io"])
def test_usual_addresses_are_kept_by_the_store_as_they_are(opened: Birch, shop: CodeShop, email: str) -> None:
    assert shop.create_code(a_discount(holder=Holder(None, email))).problem == ""
    assert the_coupon(opened).email_restrictions == [email.lower()]


@pytest.mark.parametrize("email", ["not a mail", "user@localhost", "zoé@example.com", "user@münchen.example"])
def test_the_addresses_we_refuse_are_those_the_store_would_spoil(email: str) -> None:
    assert coupons.sanitized_email(email) != email
    assert PLATFORM.why_not(a_discount(holder=Holder(None, email)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email_restrictions": []}, "anybody could use it"),
        ({"email_restrictions": ["mallory@example.com"]}, "another e-mail address"),
        ({"email_restrictions": [ANA, "mallory@example.com"]}, "another e-mail address"),
        ({"amount": Decimal(301)}, "another amount"),
        ({"discount_type": "percent"}, "another kind"),
        ({"usage_limit": None}, "than once"),
        ({"individual_use": False}, "combines"),
        ({"free_shipping": True}, "shipping"),
        ({"product_ids": [10]}, "other products"),
        ({"limit_usage_to_x_items": 3}, "pieces"),
        ({"minimum_amount": Decimal(999)}, "minimum spend"),
        ({"expires_at": None}, "never expire"),
        ({"expires_at": NOW}, "another time"),
    ],
)
def test_whatever_the_store_has_otherwise_is_named(
    opened: Birch, shop: CodeShop, change: dict[str, Any], words: str
) -> None:
    wanted = a_discount(minimum_spend_minor=1000, ends_at=datetime(2099, 1, 1, tzinfo=UTC))
    shop.create_code(wanted)
    for name, value in change.items():
        setattr(the_coupon(opened), name, value)
    [found] = shop.find_codes(wanted)
    assert words in found.problem
    assert "@" not in found.problem


def test_a_start_still_to_come_is_named_for_a_coupon_has_none(running: Serving, shop: CodeShop) -> None:
    now = running.door.now()
    assert shop.create_code(a_discount(code="NOW-1", starts_at=now)).problem == ""
    later = a_discount(code="LATER-1", starts_at=now + timedelta(days=1))
    assert "no start" in shop.create_code(later).problem


def test_amounts_are_in_the_decimals_of_the_currency(certificates: tuple[Path, Path]) -> None:
    opened = birch(currency="KWD", decimals=3)
    with (
        served(opened, Hands(), certificates[1]) as running,
        open_session(LOOPBACK, certificates[0], SHORT) as session,
    ):
        shop = WooCommerceShop(a_client(running.url, session))
        assert shop.create_code(a_discount(AmountOff(1_555), currency="KWD")).problem == ""
    assert the_coupon(opened).amount == Decimal("1.555")


def test_a_restriction_that_the_store_drops_is_found_and_the_coupon_taken_away(
    opened: Birch, shop: CodeShop
) -> None:
    opened.store.keeps_restrictions = False
    made = shop.create_code(a_discount())
    assert "anybody could use it" in made.problem
    shop.disable_code(made.code_ref)
    assert shop.find_codes(a_discount()) == []
    assert opened.store.coupons == {}


def test_a_code_that_is_taken_is_looked_up(opened: Birch, shop: CodeShop) -> None:
    fields = {"code": "ana-7q2m-x4", "amount": "50"}
    theirs = coupons.create(opened.store, fields, NOW)
    with pytest.raises(CodeTaken):
        shop.create_code(a_discount())
    [found] = shop.find_codes(a_discount())
    assert (found.code_ref, found.mark) == (str(theirs.coupon_id), None)


def test_twins_arise_and_both_are_found_the_oldest_first(
    opened: Birch, running: Serving, shop: CodeShop
) -> None:
    running.door.faults.gaps_s += [0.2, 0.2]
    both = [threading.Thread(target=shop.create_code, args=[a_discount()]) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    other = a_discount(code="ANA-7Q2M-X4Y")
    shop.create_code(other)
    twins = shop.find_codes(a_discount())
    assert len(twins) == 2
    assert int(twins[0].code_ref) < int(twins[1].code_ref)
    shop.disable_code(twins[1].code_ref)
    assert shop.find_codes(a_discount()) == twins[:1]


def test_drafts_and_the_bin_are_not_found(opened: Birch, shop: CodeShop) -> None:
    made = shop.create_code(a_discount())
    coupons.delete(opened.store, int(made.code_ref), NOW, force=False)
    assert shop.find_codes(a_discount()) == []
    again = shop.create_code(a_discount())
    the_new_one = opened.store.coupons[int(again.code_ref)]
    the_new_one.status = "draft"
    assert shop.find_codes(a_discount()) == []


def test_disabling_twice_is_as_good_as_once(opened: Birch, shop: CodeShop) -> None:
    made = shop.create_code(a_discount())
    shop.disable_code(made.code_ref)
    shop.disable_code(made.code_ref)
    assert opened.store.coupons == {}


def test_our_codes_are_all_found_even_while_they_are_deleted(opened: Birch, shop: CodeShop) -> None:
    ours = {f"OURS-{number}" for number in range(PAGE_SIZE + 20)}
    for name in sorted(ours):
        meta = [{"key": "_regulars_code", "value": "Regulars redemption 1"}]
        coupons.create(opened.store, {"code": name, "meta_data": meta}, NOW)
        coupons.create(opened.store, {"code": f"X{name}", "meta_data": [{"key": "a", "value": "b"}]}, NOW)
    found = []
    for code in all_codes(shop):
        shop.disable_code(code.code_ref)
        found.append(code)
    assert {code.code.upper() for code in found} == ours
    assert all(code.mark == "Regulars redemption 1" and code.problem == "" for code in found)


def test_the_mark_is_read_from_the_description_when_the_meta_data_is_lost(
    opened: Birch, shop: CodeShop
) -> None:
    shop.create_code(a_discount())
    the_coupon(opened).meta.clear()
    assert [code.mark for code in all_codes(shop)] == ["Regulars redemption 12"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.time_out(applied=False), Unreachable),
        (faults.time_out(applied=True), Unreachable),
        (faults.reset(applied=False), Unreachable),
        (faults.reset(applied=True), Unreachable),
        (faults.throttled(7), Throttled),
        (faults.broken(502), Unreachable),
        (faults.broken(500, applied=True), Unreachable),
        (faults.page(), NotAnApi),
        (faults.page(applied=True), NotAnApi),
        (faults.answer(200, b"[]"), NotAnApi),
        (faults.answer(200, b'{"id": 1, "code": "ana-7q2m-x4"}'), NotAnApi),
        (faults.answer(201, b"[]"), NotAnApi),
        (faults.answer(201, b'{"id": 1, "code": "other"}'), NotAnApi),
        (faults.answer(201, b'{"code": "ana-7q2m-x4"}'), NotAnApi),
        (faults.redirected("https://www.birch.example/wp-json/wc/v3/coupons", 302), Moved),
        (faults.answer(401, b'{"code": "woocommerce_rest_cannot_create"}'), StoreUnauthorized),
    ],
)
def test_an_unclear_answer_is_never_a_success_and_the_code_is_looked_up(
    opened: Birch, running: Serving, shop: CodeShop, fault: faults.Fault, error: type[PlatformTrouble]
) -> None:
    running.door.faults.fail(fault, method="POST")
    with pytest.raises(error):
        shop.create_code(a_discount())
    found = shop.find_codes(a_discount())
    assert [code.problem for code in found] == ([""] if fault.is_applied else [])
    assert len(opened.store.coupons) == len(found)


def test_a_slow_store_is_no_trouble_while_it_is_not_too_slow(running: Serving, shop: CodeShop) -> None:
    running.door.faults.fail(faults.slow(0.1))
    assert shop.create_code(a_discount()).problem == ""


def test_a_key_that_may_only_read_cannot_make_codes(opened: Birch, shop: CodeShop) -> None:
    opened.key.permissions = "read"
    with pytest.raises(StoreUnauthorized, match="write permissions"):
        shop.create_code(a_discount())
    assert shop.find_codes(a_discount()) == []


def test_over_http_codes_are_made_by_signed_calls() -> None:
    opened = birch()
    with served(opened, Hands(), path="/shop") as running, open_session(LOOPBACK, None, SHORT) as session:
        shop = WooCommerceShop(a_client(running.url, session))
        made = shop.create_code(a_discount())
        assert shop.find_codes(a_discount()) == [made]
        assert list(all_codes(shop)) == [made]
        shop.disable_code(made.code_ref)
        assert shop.find_codes(a_discount()) == []
    assert not any("Authorization" in headers for headers in running.headers)
