"""What a signed WooCommerce body says, in the common schema."""

from __future__ import annotations

from dataclasses import Field, fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.errors import BadDelivery, UnknownCurrency
from core.domain.orders import OrderSnapshot, Payment, from_json, to_json
from core.domain.platform import (
    ConnectionBroken,
    Irrelevant,
    Message,
    OrderGone,
    OrderTold,
    OrderUnclear,
)
from core.domain.settlement import Source
from integrations.woocommerce import PLATFORM
from tests.payloads import a_line, a_refund, an_order, body_of
from tests.strategies import damaged, jsons, order_snapshots

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ORDER_TOPICS = ("order.created", "order.updated", "order.restored", "order.deleted")
TOPICS = (
    *ORDER_TOPICS,
    "action.woocommerce_delete_order",
    "action.woocommerce_before_delete_order",
    "customer.updated",
    "",
)


def normalize(body: bytes, topic: str = "order.updated") -> Message:
    return PLATFORM.normalize(topic, body, NOW)


def told(**changes: Any) -> OrderTold:
    """What Ana's order says with these fields changed."""
    message = normalize(body_of(an_order(**changes)))
    assert isinstance(message, OrderTold)
    return message


def snapshot(**changes: Any) -> OrderSnapshot:
    return told(**changes).snapshot


def without(name: str) -> bytes:
    """Ana's order as a store that lost a field would send it."""
    order = an_order()
    del order[name]
    return body_of(order)


def test_an_order_in_the_common_schema() -> None:
    line = a_line(
        "49.95", line_id=3, quantity=2, subtotal="54.95", total_tax="9.49", variation_id=11, sku="HOOD-S"
    )
    order = snapshot(
        order_id=1042,
        number="B-1042",
        total="65.00",
        line_items=[line],
        coupon_lines=[{"code": "spring"}, {"code": "vip"}],
        date_completed_gmt="2026-11-21T10:00:00",
    )

    assert (order.order_ref, order.number, order.customer_ref) == ("1042", "B-1042", "7")
    assert (order.status, order.payment, order.currency) == ("processing", Payment.PAID, "EUR")
    assert order.ordered_at == order.paid_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert order.completed_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert order.gross_minor == 6500
    assert order.discount_codes == ("spring", "vip")
    (goods,) = order.lines
    assert (goods.line_ref, goods.product_ref, goods.variant_ref, goods.sku) == ("3", "10", "11", "HOOD-S")
    assert (goods.quantity, goods.net_minor, goods.tax_minor, goods.discount_minor) == (2, 4995, 949, 500)


def test_yen_have_no_decimals_and_dinars_three() -> None:
    yen = snapshot(currency="JPY", total="1500", line_items=[a_line("1500")])
    dinars = snapshot(currency="KWD", total="33.645", line_items=[a_line("33.645")])

    assert (yen.gross_minor, yen.lines[0].net_minor) == (1500, 1500)
    assert (dinars.gross_minor, dinars.lines[0].net_minor) == (33645, 33645)


def test_prices_that_are_floats_are_never_read() -> None:
    order = snapshot(line_items=[a_line("12.00", price=11.214953333333334)])

    assert order.lines[0].net_minor == 1200


def test_the_refund_is_taken_as_given_back_although_it_is_told_as_negative() -> None:
    order = snapshot(refunds=[a_refund("12.00", 901), a_refund("5.00", 902)])

    assert [(refund.refund_ref, refund.amount_minor) for refund in order.refunds] == [
        ("901", 1200),
        ("902", 500),
    ]
    assert order.refunded_minor == 1700
    assert not any(refund.is_itemized for refund in order.refunds)


def test_a_refund_without_its_tax_is_read_as_older_stores_tell_it() -> None:
    assert snapshot(refunds=[{"id": 901, "reason": "", "total": "-12.00"}]).refunded_minor == 1200


def test_only_a_fetch_can_tell_the_lines_of_a_refund() -> None:
    assert told(refunds=[a_refund("12.00")]).lacks == "the lines of its refunds"
    assert told().lacks == ""


@pytest.mark.parametrize("customer_id", [0, "0", None])
def test_customer_zero_is_a_guest(customer_id: object) -> None:
    message = told(customer_id=customer_id, billing={"email": "Gus@Example.com "})

    assert message.snapshot.customer_ref is None
    assert message.email == "gus@example.com"


def test_a_guest_without_an_address_is_nobody_to_us() -> None:
    assert told(customer_id=0, billing={"email": ""}).email is None
    assert told(customer_id=0, billing=[]).email is None


def test_the_snapshot_holds_nothing_personal() -> None:
    message = told(
        billing={
            "email": "ana@example.com",
            "first_name": "Ana",
            "phone": "+49 151",
            "address_1": "Birkenweg 1",
        },
        customer_note="Ring at Ana's",
        customer_ip_address="203.0.113.7",
    )

    text = to_json(message.snapshot)
    assert not any(word in text for word in ("Ana", "ana@", "+49 151", "Birkenweg", "203.0.113.7"))


@pytest.mark.parametrize(
    ("status", "paid_gmt", "payment"),
    [
        ("pending", None, Payment.UNPAID),
        ("on-hold", None, Payment.UNPAID),
        ("failed", "2026-11-20T10:00:00", Payment.UNPAID),
        ("processing", None, Payment.PAID),
        ("completed", "2026-11-20T10:00:00", Payment.PAID),
        ("cancelled", "2026-11-20T10:00:00", Payment.UNPAID),
        ("refunded", "2026-11-20T10:00:00", Payment.UNPAID),
        ("trash", "2026-11-20T10:00:00", Payment.UNPAID),
        ("shipped", "2026-11-20T10:00:00", Payment.PAID),
        ("shipped", None, Payment.UNKNOWN),
        ("shipped", "", Payment.UNKNOWN),
        ("shipped", "soon", Payment.UNKNOWN),
    ],
)
def test_the_status_says_whether_an_order_is_paid(
    status: str, paid_gmt: str | None, payment: Payment
) -> None:
    assert snapshot(status=status, date_paid_gmt=paid_gmt).payment is payment


@pytest.mark.parametrize("status", ["checkout-draft", "auto-draft"])
def test_drafts_are_ignored(status: str) -> None:
    assert isinstance(normalize(body_of(an_order(status=status)), "order.created"), Irrelevant)


def test_created_updated_and_restored_say_the_same_but_a_restored_order_is_known_as_such() -> None:
    body = body_of(an_order())
    created, updated, restored = (
        normalize(body, topic) for topic in ("order.created", "order.updated", "order.restored")
    )

    assert created == updated
    assert isinstance(created, OrderTold)
    assert isinstance(restored, OrderTold)
    assert (created.source, restored.source) == (Source.DELIVERY, Source.RESTORED)


def test_a_link_of_ours_leaves_its_token_in_the_order() -> None:
    plugin = [{"id": 1, "key": "_regulars_ref", "value": "REF-ANNA42"}]
    attribution = [
        {"id": 1, "key": "_wc_order_attribution_utm_source", "value": "regulars"},
        {"id": 2, "key": "_wc_order_attribution_utm_content", "value": "REF-ANNA42"},
    ]

    assert snapshot(meta_data=plugin).referral_token == "REF-ANNA42"
    assert snapshot(meta_data=attribution).referral_token == "REF-ANNA42"


def test_a_campaign_of_somebody_else_is_no_referral() -> None:
    attribution = [
        {"id": 1, "key": "_wc_order_attribution_utm_source", "value": "newsletter"},
        {"id": 2, "key": "_wc_order_attribution_utm_content", "value": "REF-ANNA42"},
        {"id": 3, "key": "_plugin", "value": {"nested": ["anything"]}},
        {"id": 4, "key": 5, "value": None},
    ]

    assert snapshot(meta_data=attribution).referral_token is None
    assert snapshot(meta_data=[{"id": 1, "key": "_regulars_ref", "value": ""}]).referral_token is None


def test_a_deletion_names_the_order_and_nothing_else() -> None:
    assert normalize(b'{"id":32}', "order.deleted") == OrderGone("32")


@pytest.mark.parametrize("hook", ["woocommerce_delete_order", "woocommerce_before_delete_order"])
def test_a_forced_deletion_is_told_by_its_hook_alone(hook: str) -> None:
    body = f'{{"action":"{hook}","arg":38}}'.encode()

    assert normalize(body, f"action.{hook}") == OrderGone("38")


def test_other_bodies_replayed_under_a_deletions_topic_delete_nothing() -> None:
    refunded = b'{"action":"woocommerce_order_refunded","arg":38}'
    with pytest.raises(BadDelivery, match="not the deletion"):
        normalize(refunded, "action.woocommerce_delete_order")
    with pytest.raises(BadDelivery, match="not the deletion"):
        normalize(body_of(an_order()), "order.deleted")


@pytest.mark.parametrize(
    "topic", ["product.updated", "coupon.deleted", "action.woocommerce_refund_created", ""]
)
def test_topics_nobody_uses_are_ignored_unread(topic: str) -> None:
    assert isinstance(normalize(b"\xff not even JSON", topic), Irrelevant)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("topic", ORDER_TOPICS)
def test_a_refusal_in_place_of_the_order_means_the_connection_is_broken(status: int, topic: str) -> None:
    body = body_of({"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": status}})

    assert normalize(body, topic) == ConnectionBroken(
        f"its answer was “woocommerce_rest_cannot_view, {status}”."
    )


def test_an_order_that_was_gone_before_it_was_told_of_is_ignored() -> None:
    body = body_of({"code": "woocommerce_rest_shop_order_invalid_id", "data": {"status": 404}})

    assert isinstance(normalize(body, "order.created"), Irrelevant)


@pytest.mark.parametrize(
    "name", ["id", "status", "line_items", "refunds", "total", "currency", "customer_id"]
)
def test_partial_data_is_a_dead_letter_and_never_a_smaller_order(name: str) -> None:
    with pytest.raises(BadDelivery):
        normalize(without(name))


@pytest.mark.parametrize("name", ["line_items", "refunds"])
@pytest.mark.parametrize("value", [None, {}, "", [None], [[]], ["x"], 0])
def test_a_list_that_is_no_list_of_objects_is_a_dead_letter(name: str, value: Any) -> None:
    with pytest.raises(BadDelivery):
        normalize(body_of(an_order(**{name: value})))


@pytest.mark.parametrize("name", ["id", "total", "total_tax", "subtotal"])
def test_a_line_that_lacks_something_is_a_dead_letter(name: str) -> None:
    line = a_line()
    del line[name]
    with pytest.raises(BadDelivery):
        normalize(body_of(an_order(line_items=[line])))


@pytest.mark.parametrize(
    "name", ["meta_data", "coupon_lines", "created_via", "number", "billing", "date_paid_gmt"]
)
def test_what_no_point_depends_on_may_be_missing(name: str) -> None:
    assert isinstance(normalize(without(name)), OrderTold)


@pytest.mark.parametrize("name", ["date_modified_gmt", "date_created_gmt"])
@pytest.mark.parametrize(
    "value",
    [None, "", "2026-02-30T10:00:00", "2026-11-20T10:00:60", "0001-01-01T00:00:00", "9999-12-31T23:59:59"],
)
def test_an_order_without_a_readable_date_must_be_fetched(name: str, value: Any) -> None:
    message = normalize(body_of(an_order(**{name: value})))

    assert message == OrderUnclear("1042", "a readable date of the order")


def test_an_unknown_currency_is_a_dead_letter_and_a_lower_case_one_is_not() -> None:
    for unknown in ("", "XXX", "BTC", "EURO", None, 978, "\x00\ud800"):
        with pytest.raises(UnknownCurrency):
            normalize(body_of(an_order(currency=unknown)))

    assert snapshot(currency="eur").currency == "EUR"


@pytest.mark.parametrize("quantity", [None, "2", [], 10**30, -(10**30)])
def test_a_quantity_that_is_no_number_of_pieces_is_none(quantity: object) -> None:
    assert snapshot(line_items=[a_line(quantity=quantity)]).lines[0].quantity == 0


def test_an_enormous_quantity_is_not_written_out() -> None:
    body = body_of(an_order()).replace(b'"quantity": 1,', b'"quantity": 1e999999999,')

    message = normalize(body)

    assert isinstance(message, OrderTold)
    assert message.snapshot.lines[0].quantity == 0


@pytest.mark.parametrize("path", ["customer_id", "product_id", "variation_id"])
@pytest.mark.parametrize("value", [[], {}, [7], {"id": 7}, True, 7.5, -7, "7a", 2**63])
def test_a_reference_that_is_none_is_a_dead_letter(path: str, value: Any) -> None:
    order = (
        an_order(customer_id=value)
        if path == "customer_id"
        else an_order(line_items=[a_line(**{path: value})])
    )
    with pytest.raises(BadDelivery):
        normalize(body_of(order))


def test_a_product_that_was_deleted_is_named_by_nothing() -> None:
    line = snapshot(line_items=[a_line(product_id=0, variation_id=0, sku=None)]).lines[0]

    assert (line.product_ref, line.variant_ref, line.sku) == (None, None, "")


@given(topic=st.sampled_from(TOPICS), body=st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_dead_letter(topic: str, body: bytes) -> None:
    understood(topic, body)


@given(topic=st.sampled_from(TOPICS), value=jsons)
def test_any_json_is_a_message_or_a_dead_letter(topic: str, value: Any) -> None:
    understood(topic, body_of(value))


@settings(max_examples=300)
@given(topic=st.sampled_from(ORDER_TOPICS), body=damaged(an_order(refunds=[a_refund("5.00")])))
def test_a_damaged_order_is_a_message_or_a_dead_letter(topic: str, body: bytes) -> None:
    understood(topic, body)


@given(
    depth=st.integers(1, 3000),
    where=st.sampled_from(["customer_id", "total", "status", "currency", "billing", "data"]),
)
def test_nesting_of_any_depth_is_a_message_or_a_dead_letter(depth: int, where: str) -> None:
    nested = b"[" * depth + b"]" * depth
    understood("order.updated", body_of(an_order() | {where: "@"}).replace(b'"@"', nested))


def understood(topic: str, body: bytes) -> None:
    """Whatever comes, nothing but BadDelivery is raised; and what an order says can be kept."""
    try:
        message = normalize(body, topic)
    except BadDelivery as error:
        str(error).encode()
        return
    if isinstance(message, OrderTold):
        assert from_json(to_json(message.snapshot)) == message.snapshot


@given(order_snapshots)
def test_a_kept_snapshot_reads_back_as_it_was(order: OrderSnapshot) -> None:
    assert from_json(to_json(order)) == order


@given(order_snapshots, order_snapshots, st.sampled_from(fields(OrderSnapshot)))
def test_orders_are_equal_where_their_texts_are(
    order: OrderSnapshot, another: OrderSnapshot, field: Field[Any]
) -> None:
    changed = replace(order, **{field.name: getattr(another, field.name)})

    assert (changed == order) == (to_json(changed) == to_json(order))
