"""Shopify's deliveries: one address for all shops, the secret chosen by the shop's name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.domain.stores import Store
from integrations.body_signature import header
from tests.world import World

CLIENT_SECRET = "acorn-client-secret"

# semantics.md, "What an order is worth", 2: expected ends by scenario.
SCENARIOS = {
    "orders__paid.basic_usd": 100,
    "orders__paid.guest": 100,
    "orders__paid.pos": 100,
    "orders__paid.redacted_no_level2": 100,
    "orders__paid.tax_included_gbp": 83,
    "orders__paid.loyalty_code_amount": 95,
    "orders__paid.referral_code": 85,
    "orders__paid.jpy_no_decimals": 15,
    "orders__create.pending_manual": 0,
}


def connect(
    world: World,
    domain: str = "acorn.myshopify.com",
    currency: str = "EUR",
    *,
    is_offline: bool = True,
    **secrets: str,
) -> Store:
    """A Shopify store that signs with this app's secret."""
    return world.connect(
        domain.partition(".")[0],
        currency,
        platform="shopify",
        url=f"https://{domain}",
        webhook_path=domain,
        is_offline=is_offline,
        credentials={"webhook_secret": CLIENT_SECRET} | secrets,
    )


def deliver(
    world: World,
    body: bytes,
    topic: str = "orders/paid",
    shop: str = "acorn.myshopify.com",
    secret: str = CLIENT_SECRET,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Deliver as Shopify does; the HTTP status."""
    sent = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Webhook-Id": f"w{next(world.numbers)}",
        "X-Shopify-Hmac-Sha256": header(body, secret),
    }
    return world.client.post("/webhooks/shopify", data=body, headers={**sent, **(headers or {})}).status_code


def an_order(**changes: object) -> bytes:
    """A paid order of 100.00 as Shopify tells it, cut down to what is read."""
    order = {
        "id": 6200000000007,
        "name": "#1001",
        "created_at": "2026-11-20T10:00:00-05:00",
        "updated_at": "2026-11-20T10:00:00-05:00",
        "processed_at": "2026-11-20T10:00:00-05:00",
        "cancelled_at": None,
        "closed_at": None,
        "financial_status": "paid",
        "currency": "EUR",
        "taxes_included": False,
        "test": False,
        "email": "ana@example.com",
        "customer": {"id": 7},
        "total_price": "100.00",
        "current_total_tax": "0.00",
        "total_outstanding": "0.00",
        "line_items": [a_line()],
        "shipping_lines": [],
        "refunds": [],
        "discount_codes": [],
        "note_attributes": [],
    }
    return json.dumps(order | changes).encode()


def a_line(
    quantity: int = 2, current: int | None = None, price: str = "50.00", **changes: object
) -> dict[str, object]:
    """A line of goods."""
    line: dict[str, object] = {
        "id": 1,
        "product_id": 10,
        "variant_id": 11,
        "sku": "TEE",
        "quantity": quantity,
        "current_quantity": quantity if current is None else current,
        "price": price,
        "discount_allocations": [],
        "tax_lines": [],
        "taxable": True,
        "gift_card": False,
    }
    return line | changes


def a_refund(
    quantity: int, amount: str, adjustments: list[dict[str, object]] | None = None
) -> dict[str, object]:
    """A refund of so many pieces of the line; of no piece: an amount alone."""
    line = {"line_item_id": 1, "quantity": quantity, "subtotal": float(amount), "total_tax": 0.0}
    return {
        "id": 900,
        "refund_line_items": [line] if quantity else [],
        "order_adjustments": adjustments or [],
        "transactions": [{"kind": "refund", "status": "success", "amount": amount, "currency": "EUR"}],
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_s2_the_published_scenarios_end_at_the_decided_points(
    world: World, shared: Path, scenario: str
) -> None:
    path = shared / "platforms" / "shopify" / "payloads" / "scenarios" / f"{scenario}.json"
    body = path.read_bytes()
    store = connect(world, currency=json.loads(body)["currency"])
    assert deliver(world, body, scenario.partition(".")[0].replace("__", "/")) == 200
    world.drain(store)
    assert sum(world.points(store)) == SCENARIOS[scenario]
    assert world.inbox(store) == {"done": 1}


def test_s2_an_order_of_100_is_worth_60_once_one_piece_of_40_went_back(world: World, shared: Path) -> None:
    scenarios = shared / "platforms" / "shopify" / "payloads" / "scenarios"
    store = connect(world, currency="USD")
    told = [
        ("orders/paid", "orders__paid.to_be_partly_refunded"),
        ("refunds/create", "refunds__create.partial_one_item"),
        ("orders/updated", "orders__updated.partly_refunded"),
    ]
    for topic, name in told:
        assert deliver(world, (scenarios / f"{name}.json").read_bytes(), topic) == 200
        world.drain(store)
    assert world.points(store) == [100, -40]
    assert "needs_fetch" not in world.inbox(store)


def test_s2_shopifys_own_samples_earn_nothing(world: World, shared: Path) -> None:
    store = connect(world, currency="USD")
    for path in sorted((shared / "platforms" / "shopify" / "payloads" / "docs-2026-07").glob("*.json")):
        assert deliver(world, path.read_bytes(), path.stem.replace("__", "/")) == 200
    world.drain(store)
    assert world.points(store) == []
    assert "dead" not in world.inbox(store)


def test_a_refund_by_pieces_an_edit_and_a_cancellation_end_where_the_order_does(sqlite_world: World) -> None:
    world, store = sqlite_world, connect(sqlite_world)
    tellings = [
        (an_order(), 100),
        (
            an_order(
                updated_at="2026-11-21T10:00:00-05:00",
                financial_status="partially_refunded",
                line_items=[a_line(2, 1)],
                refunds=[a_refund(1, "50.00")],
            ),
            50,
        ),
        (
            an_order(
                updated_at="2026-11-22T10:00:00-05:00",
                line_items=[a_line(2, 1), a_line(1, price="30.00", id=2)],
                refunds=[a_refund(1, "50.00")],
            ),
            80,
        ),
        (
            an_order(
                updated_at="2026-11-23T10:00:00-05:00",
                cancelled_at="2026-11-23T10:00:00-05:00",
                financial_status="refunded",
                line_items=[a_line(2, 0)],
            ),
            0,
        ),
    ]
    for body, points in tellings:
        deliver(world, body, "orders/updated")
        world.drain(store)
        assert sum(world.points(store)) == points


def test_only_the_part_paid_earns_until_the_rest_comes(sqlite_world: World) -> None:
    store = connect(sqlite_world)
    deliver(sqlite_world, an_order(financial_status="partially_paid", total_outstanding="60.00"))
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [40]
    deliver(sqlite_world, an_order(updated_at="2026-11-21T10:00:00-05:00"))
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [40, 60]


def test_gift_cards_bought_earn_nothing_and_discounts_come_off(sqlite_world: World) -> None:
    store = connect(sqlite_world)
    discounted = a_line(2, discount_allocations=[{"amount": "10.00"}])
    deliver(sqlite_world, an_order(line_items=[discounted, a_line(1, id=2, gift_card=True)]))
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [90]


def test_an_amount_refunded_without_pieces_counts_in_proportion_and_shipping_does_not(
    sqlite_world: World,
) -> None:
    store = connect(sqlite_world)
    by_amount = a_refund(0, "20.00")
    shipping = a_refund(0, "5.00", [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "0.00"}]) | {
        "id": 901
    }
    deliver(sqlite_world, an_order(total_price="105.00", refunds=[by_amount, shipping]))
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [80]


def test_money_is_the_stores_own_whatever_the_shopper_saw(sqlite_world: World) -> None:
    store = connect(sqlite_world)
    both = {"shop_money": {"amount": "50.00"}, "presentment_money": {"amount": "8000.00"}}
    deliver(sqlite_world, an_order(line_items=[a_line(2, price_set=both)], presentment_currency="JPY"))
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [100]


def test_b2_a_wrong_signature_or_one_of_another_spelling_is_refused(sqlite_world: World) -> None:
    connect(sqlite_world)
    assert deliver(sqlite_world, an_order(), secret="mallorys") == 401
    assert deliver(sqlite_world, an_order(), headers={"X-Shopify-Hmac-Sha256": ""}) == 401
    assert deliver(sqlite_world, an_order(), headers={"X-Shopify-Hmac-Sha256": "ünï"}) == 401


def test_b7_the_previous_secret_is_taken_while_it_is_kept(sqlite_world: World) -> None:
    store = connect(sqlite_world, previous_webhook_secret="the-old-one")
    assert deliver(sqlite_world, an_order(), secret="the-old-one") == 200
    assert deliver(sqlite_world, an_order(), secret="an-older-one") == 401
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [100]


def test_b9_a_shop_we_do_not_know_is_answered_and_nothing_is_kept(sqlite_world: World) -> None:
    store = connect(sqlite_world)
    assert deliver(sqlite_world, an_order(), shop="unknown.myshopify.com") == 200
    assert sqlite_world.notices(store) == ["unknown_shop"]
    assert deliver(sqlite_world, an_order(), shop="another.myshopify.com", secret="mallorys") == 401
    assert sqlite_world.notices(store) == ["unknown_shop"]
    assert sqlite_world.inbox(store) == {}


@pytest.mark.parametrize(
    "shop",
    [
        "acorn.myshopify.com.evil.com",
        "evil@acorn.myshopify.com",
        "https://acorn.myshopify.com",
        "acorn.myshopify.com/",
        "-acorn.myshopify.com",
        "",
    ],
)
def test_b10_a_name_that_is_no_shops_domain_is_refused(sqlite_world: World, shop: str) -> None:
    store = connect(sqlite_world)
    assert deliver(sqlite_world, an_order(), shop=shop) == 401
    assert sqlite_world.inbox(store) == {}


def test_b10_a_name_in_capitals_is_the_same_shop(sqlite_world: World) -> None:
    store = connect(sqlite_world)
    assert deliver(sqlite_world, an_order(), shop="ACORN.myshopify.com") == 200
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [100]


def test_b12_a_body_of_another_kind_is_a_dead_letter(sqlite_world: World) -> None:
    store = connect(sqlite_world)
    assert deliver(sqlite_world, b'{"id": 5, "email": "ana@example.com"}') == 200
    sqlite_world.drain(store)
    assert sqlite_world.dead(store) == ["the body is not an order"]


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_b34_compliance_topics_are_refused_unsigned_and_kept_signed(sqlite_world: World, topic: str) -> None:
    store = connect(sqlite_world)
    assert deliver(sqlite_world, b'{"shop_id": 1}', topic, secret="mallorys") == 401
    assert deliver(sqlite_world, b'{"shop_id": 1}', topic) == 200
    sqlite_world.drain(store)
    # Signed, but naming nobody: somebody has to look at it.
    assert sqlite_world.inbox(store) == {"dead": 1}


def test_a_shop_has_no_address_of_its_own(sqlite_world: World) -> None:
    connect(sqlite_world)
    body = an_order()
    path = "/webhooks/shopify/acorn.myshopify.com"
    headers = {"X-Shopify-Hmac-Sha256": header(body, CLIENT_SECRET)}
    assert sqlite_world.client.post(path, data=body, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/edited", b'{"order_edit": {"order_id": 6200000000007}}'),
        ("refunds/create", b'{"id": 1, "order_id": 6200000000007}'),
    ],
)
def test_a_body_that_only_names_the_order_waits_for_a_fetch(
    sqlite_world: World, topic: str, body: bytes
) -> None:
    store = connect(sqlite_world)
    deliver(sqlite_world, an_order())
    deliver(sqlite_world, body, topic)
    sqlite_world.drain(store)
    assert sqlite_world.points(store) == [100]
    assert sqlite_world.inbox(store) == {"done": 1, "needs_fetch": 1}
