"""Fetching one order: whole or not at all, and never taking silence for a deletion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from core.domain.errors import PlatformRefused, PlatformUnavailable, StoreUnauthorized
from core.domain.names import Name
from core.domain.platform import FETCHED_ORDER, Irrelevant, Message, OrderGone, OrderTold
from core.domain.settlement import Source
from core.domain.stores import Store
from integrations.shopify.adapter import Shopify
from integrations.shopify.calling import Calling, https_origin, open_shop
from integrations.shopify.errors import AccessDenied
from integrations.shopify.shop import ShopifyShop
from sandbox.shopify.orders import Back, BackLine, Line, ShopOrder
from tests.fakes.shopify_admin import Asked, ShopifyAdmin
from tests.integrations.shopify.test_admin import answering
from tests.world import NOW

ORDER = ShopOrder()
REF = str(ORDER.order_id)
ASKED_AT = NOW - timedelta(seconds=1)


def fetched(shop: ShopifyShop, order_ref: str = REF) -> Message:
    """What a fetch says once it lies in the inbox."""
    return Shopify().normalize(FETCHED_ORDER, shop.fetch_order(order_ref, ASKED_AT), NOW)


def told(shop: ShopifyShop) -> OrderTold:
    message = fetched(shop)
    assert isinstance(message, OrderTold)
    return message


def operations(acorn: ShopifyAdmin) -> list[str]:
    return [asked.operation for asked in acorn.asked]


def test_an_order_is_told_as_read_by_us_at_the_moment_we_asked(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.put(ORDER)
    message = told(shop)
    assert (message.source, message.observed_at) == (Source.FETCHED, ASKED_AT)
    assert message.snapshot.order_ref == REF
    assert message.email == "ana@example.com"
    assert [line.net_minor for line in message.snapshot.lines] == [49_95]
    assert operations(acorn) == ["Order"]


def test_all_lines_of_a_long_order_are_read(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.put(replace(ORDER, lines=tuple(Line(number, price=100 + number) for number in range(1, 96))))
    lines = told(shop).snapshot.lines
    assert [line.line_ref for line in lines] == [str(number) for number in range(1, 96)]
    assert operations(acorn) == ["Order"] * 3


def test_all_refunds_are_read_with_all_their_lines(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    lines = tuple(Line(number, price=100, quantity=2) for number in range(1, 61))
    back = tuple(BackLine(line.line_id, subtotal=100) for line in lines)
    acorn.put(replace(ORDER, lines=lines, refunds=(Back(1, back), Back(2, back[:1]))))
    refunds = told(shop).snapshot.refunds
    assert [(refund.amount_minor, len(refund.lines)) for refund in refunds] == [(6000, 60), (100, 1)]
    assert operations(acorn) == ["Order", "Order", "Refund", "Refund", "Refund"]


@pytest.mark.parametrize("changed_after", [1, 2, 3])
def test_an_order_that_changes_while_it_is_read_is_read_again_later(
    acorn: ShopifyAdmin, shop: ShopifyShop, changed_after: int
) -> None:
    lines = tuple(Line(number, price=100) for number in range(1, 42))
    order = replace(ORDER, lines=lines, refunds=(Back(1, more=5), Back(2, more=5)))
    acorn.put(order)

    def change(answered: int) -> None:
        if answered == changed_after:
            acorn.put(replace(order, updated_after_s=540, refunds=(*order.refunds, Back(3, more=5))))

    acorn.after = change
    with pytest.raises(PlatformUnavailable, match="changed while it was being read") as caught:
        shop.fetch_order(REF, ASKED_AT)
    assert caught.value.retry_after_s == 2
    assert len(told(shop).snapshot.refunds) == 3


def test_an_order_that_goes_while_it_is_read_is_asked_for_again_later(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.put(replace(ORDER, refunds=(Back(1, more=5),)))
    acorn.after = lambda answered: acorn.orders.clear() if answered == 1 else None
    with pytest.raises(PlatformUnavailable, match="changed while it was being read"):
        shop.fetch_order(REF, ASKED_AT)


def test_an_order_with_more_refunds_than_can_be_listed_is_refused_rather_than_half_read(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.put(replace(ORDER, refunds=tuple(Back(number) for number in range(1, 101))))
    with pytest.raises(PlatformRefused, match="100 refunds or more"):
        shop.fetch_order(REF, ASKED_AT)


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, refunds=(Back(1, status="pending"),)),
        replace(ORDER, email=None, customer_id=None),
        replace(ORDER, lines=(Line(1, product_id=None, variant_id=None, sku=None),)),
    ],
    ids=["pending refund", "nobody", "deleted product"],
)
def test_what_may_be_missing_may_be_missing(acorn: ShopifyAdmin, shop: ShopifyShop, order: ShopOrder) -> None:
    acorn.put(order)
    told(shop)


def test_the_name_is_the_customers_and_a_guest_has_none(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.put(ORDER)
    assert told(shop).name == Name("Ana", "Bauer")
    acorn.put(replace(ORDER, customer_id=None))
    message = told(shop)
    assert (message.email, message.name) == ("ana@example.com", None)


def test_an_order_fetched_before_names_were_asked_for_is_read_without_one(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.put(ORDER)
    body = json.loads(shop.fetch_order(REF, ASKED_AT))
    body["order"]["customer"] = {"id": "gid://shopify/Customer/7"}
    message = Shopify().normalize(FETCHED_ORDER, json.dumps(body).encode(), NOW)
    assert isinstance(message, OrderTold)
    assert (message.snapshot.customer_ref, message.name) == ("7", None)


def asked_of_her(asked: Asked) -> tuple[bool, bool]:
    """Whether the e-mail address and the name were asked for."""
    return asked.variables["withEmail"], asked.variables["withName"]


def test_an_app_that_may_read_neither_address_nor_name_does_without(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.put(replace(ORDER, lines=tuple(Line(number) for number in range(1, 50))))
    acorn.admin.approved.clear()
    message = told(shop)
    assert (message.email, message.name) == (None, None)
    assert message.snapshot.customer_ref == "7"
    assert [asked_of_her(asked) for asked in acorn.asked] == [(True, True), (False, False), (False, False)]


@pytest.mark.parametrize(
    ("approved", "asked"),
    [("customer/email", (True, False)), ("customer/name", (False, True))],
)
def test_approval_for_one_of_address_and_name_is_enough_for_that_one(
    acorn: ShopifyAdmin, shop: ShopifyShop, approved: str, asked: tuple[bool, bool]
) -> None:
    acorn.put(ORDER)
    acorn.admin.approved = {approved}
    message = told(shop)
    assert (message.email is not None, message.name is not None) == asked
    assert [asked_of_her(one) for one in acorn.asked] == [(True, True), asked]


@pytest.mark.parametrize("scope", ["read_customers", "read_orders", "read_products"])
def test_an_app_that_lacks_a_scope_is_told_which(acorn: ShopifyAdmin, shop: ShopifyShop, scope: str) -> None:
    acorn.put(ORDER)
    acorn.scopes.remove(scope)
    with pytest.raises(AccessDenied, match=scope):
        shop.fetch_order(REF, ASKED_AT)


def test_no_more_is_kept_of_a_person_than_points_need(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.put(replace(ORDER, attributes={"gift_note": "To Finn, Rosenweg 3", "regulars_ref": "r-7"}))
    body = shop.fetch_order(REF, ASKED_AT)
    assert b"Finn" not in body
    assert json.loads(body)["order"]["customer"] == {
        "id": "gid://shopify/Customer/7",
        "firstName": "Ana",
        "lastName": "Bauer",
    }
    assert told(shop).snapshot.referral_token == "r-7"
    assert body.count(b"ana@example.com") == 1


# An order that Shopify does not show


def a_neighbour(days_old: float, order_id: int = ORDER.order_id - 1) -> ShopOrder:
    return ShopOrder(order_id=order_id, placed_at=(NOW - timedelta(days=days_old)).replace(microsecond=0))


def test_an_app_that_sees_all_orders_knows_a_missing_one_is_gone(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.scopes.add("read_all_orders")
    assert fetched(shop) == OrderGone(REF, is_certain=True, observed_at=ASKED_AT)


def test_an_order_younger_than_one_that_is_seen_is_gone(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.put(a_neighbour(days_old=40))
    assert fetched(shop) == OrderGone(REF, is_certain=True, observed_at=ASKED_AT)


@pytest.mark.parametrize(
    "others",
    [
        [],
        [a_neighbour(days_old=61)],
        [a_neighbour(days_old=55)],
        [a_neighbour(days_old=1, order_id=ORDER.order_id + 1)],
    ],
    ids=["none", "out of sight", "about to go out of sight", "younger"],
)
def test_an_order_that_may_only_be_too_old_to_be_seen_is_not_gone(
    acorn: ShopifyAdmin, shop: ShopifyShop, others: list[ShopOrder]
) -> None:
    acorn.put(*others)
    message = fetched(shop)
    assert isinstance(message, Irrelevant)
    assert "read_all_orders" in message.reason


def test_a_living_order_of_the_very_age_where_sight_ends_is_never_gone(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.put(*(a_neighbour(days_old=age, order_id=9000 - age) for age in range(0, 80, 4)))
    for age in range(0, 80, 4):
        message = fetched(shop, str(9000 - age))
        assert isinstance(message, OrderTold if age <= 60 else Irrelevant)


def test_a_search_that_shopify_passes_over_proves_nothing(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    old = {"id": "gid://shopify/Order/1", "createdAt": "2020-01-01T00:00:00Z"}
    acorn.next(
        answering(200, {"data": {"order": None}}),
        answering(200, {"data": seen_by_few({"order": None, "orders": {"nodes": [old]}})}),
    )
    assert isinstance(fetched(shop), Irrelevant)


def test_an_order_that_is_there_when_asked_again_is_not_gone(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.after = lambda answered: acorn.put(ORDER) if answered == 1 else None
    with pytest.raises(PlatformUnavailable, match="then it was"):
        shop.fetch_order(REF, ASKED_AT)


def seen_by_few(data: Mapping[str, object]) -> Mapping[str, object]:
    scopes = [{"handle": "read_orders"}]
    return {"currentAppInstallation": {"accessScopes": scopes}, **data}


@pytest.mark.parametrize(
    "answers",
    [
        [{"order": 7}],
        [{"order": {"id": "gid://shopify/Order/1"}}],
        [{"order": {"id": REF, "lineItems": {"nodes": None}}}],
        [{}, {}],
        [{"order": None}, seen_by_few({"orders": None})],
        [
            {"order": None},
            seen_by_few({"orders": {"nodes": [{"id": "x", "createdAt": "2026-12-01T00:00:00Z"}]}}),
        ],
        [{"order": None}, {"currentAppInstallation": None, "orders": {"nodes": []}}],
    ],
)
def test_an_answer_without_sense_is_asked_for_again_and_never_stored(
    acorn: ShopifyAdmin, shop: ShopifyShop, answers: list[Mapping[str, object]]
) -> None:
    acorn.next(*(answering(200, {"data": data}) for data in answers))
    with pytest.raises(PlatformUnavailable, match="makes no sense"):
        shop.fetch_order(REF, ASKED_AT)


def test_another_order_than_asked_for_is_not_taken(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.put(ORDER)
    acorn.orders[5] = ORDER
    with pytest.raises(PlatformUnavailable, match="another order"):
        shop.fetch_order("5", ASKED_AT)


# The store itself


@pytest.fixture
def a_store() -> Store:
    """Acorn, as the core knows it."""
    return Store(
        store_id=1,
        name="Acorn",
        platform="shopify",
        url="https://acorn.myshopify.com",
        currency="EUR",
        zone=ZoneInfo("Europe/Berlin"),
        is_offline=False,
        webhook_path="acorn.myshopify.com",
    )


def test_a_store_says_what_it_is_and_what_it_lets_us_do(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.scopes.remove("read_products")
    about = shop.about()
    assert (about.name, about.domain) == ("Acorn", "acorn.myshopify.com")
    assert (about.currency, about.timezone) == ("EUR", "Europe/Berlin")
    assert about.lacking_scopes == ("read_products",)


def test_a_store_is_called_by_its_domain_with_its_own_token(acorn: ShopifyAdmin, a_store: Store) -> None:
    acorn.put(ORDER)
    called: list[str] = []

    def origin(domain: str) -> str:
        called.append(domain)
        return acorn.url

    calling = Calling(None, origin)
    told(open_shop(a_store, {"access_token": acorn.token}, calling))
    assert called == ["acorn.myshopify.com"]
    with pytest.raises(StoreUnauthorized):
        open_shop(a_store, {}, calling).fetch_order(REF, ASKED_AT)
    calling.close()


def test_processes_share_how_much_a_store_may_be_asked(
    acorn: ShopifyAdmin, a_store: Store, valkey_url: str
) -> None:
    Redis.from_url(valkey_url).flushall()
    acorn.admin.bucket.available = 95.0
    for _ in range(2):
        calling = Calling(valkey_url, lambda _: acorn.url)
        with pytest.raises(PlatformUnavailable) as caught:
            open_shop(a_store, {"access_token": acorn.token}, calling).fetch_order(REF, ASKED_AT)
        assert caught.value.retry_after_s in {4, 5}
        calling.close()
    assert len(acorn.asked) == 1


def test_a_store_is_called_over_tls() -> None:
    assert https_origin("acorn.myshopify.com") == "https://acorn.myshopify.com"


def test_a_store_without_a_shop_domain_is_never_sent_a_token(a_store: Store) -> None:
    elsewhere = replace(a_store, webhook_path="acorn.evil.example")
    with pytest.raises(ValueError, match=r"no myshopify\.com domain"):
        open_shop(elsewhere, {"access_token": "shpat_1"}, Calling(None))


def test_a_good_token_with_every_scope_is_proven_by_one_call(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    shop.prove()
    assert [asked.operation for asked in acorn.asked] == ["Shop"]


def test_a_token_that_lacks_a_scope_is_no_proof_and_says_which(
    acorn: ShopifyAdmin, shop: ShopifyShop
) -> None:
    acorn.scopes.remove("read_products")
    with pytest.raises(StoreUnauthorized, match="read_products"):
        shop.prove()


def test_a_dead_token_is_no_proof(acorn: ShopifyAdmin, shop: ShopifyShop) -> None:
    acorn.admin.token = "shpat_another"
    with pytest.raises(StoreUnauthorized):
        shop.prove()
