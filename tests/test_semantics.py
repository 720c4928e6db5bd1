"""The decided cases of what an order is worth, one test each, by their numbers.

Run through the receiver, the drain and the ledger on both databases. Elsewhere: 2 (every captured delivery)
in `test_proof_captures`, 7 to 13 in `test_semantics_versions`, 14 to 18 in `test_semantics_balances`, what
concerns Shopify alone with its adapter.
"""

from __future__ import annotations

from typing import Any

import pytest

from core.db import inbox, stores
from core.domain.stores import Store
from tests.fakes.reachable import ReachableShop, a_fetched_refund, fetch, reaching
from tests.payloads import a_line, a_refund, an_order
from tests.world import SMALLEST_PROGRAM, World

HALF_UP = SMALLEST_PROGRAM.replace("floor", "half-up")


def order_21(minute: int, *refunds: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    """The captured order of three lines, 58.75 net and 71.72 gross."""
    lines = [
        a_line("16.72", 9, total_tax="3.18"),
        a_line("33.64", 10, total_tax="2.36", quantity=3),
        a_line("8.39", 11, total_tax="1.60"),
    ]
    return an_order(21, minute=minute, status=status, total="71.72", line_items=lines, refunds=list(refunds))


FIVE, TWELVE, REST = a_refund("5.00", 25), a_refund("12.00", 26), a_refund("66.72", 27)


def test_s1_the_base_is_the_lines_after_discounts_without_tax_shipping_and_fees(installation: World) -> None:
    store = installation.birch()
    order = an_order(
        total="75.18",
        line_items=[a_line("45.75", 1, subtotal="49.95", total_tax="8.69"), a_line("4.20", 2)],
        shipping_lines=[{"id": 3, "total": "4.90", "total_tax": "0.93"}],
        fee_lines=[{"id": 4, "total": "9.00", "total_tax": "1.71"}],
    )
    installation.tell(store, order)

    assert installation.points(store) == [49]


def test_s3_offline_a_refund_takes_its_share_of_the_gross(installation: World) -> None:
    store = installation.birch()
    stood = []
    for minute, refunds in enumerate([(), (FIVE,), (TWELVE, FIVE)]):
        installation.tell(store, order_21(minute, *refunds))
        stood.append(installation.total(store))
    installation.tell(store, order_21(3, REST, FIVE, status="refunded"))

    assert [*stood, installation.total(store)] == [58, 54, 44, 0]


def test_s3_reachable_a_refund_takes_the_lines_it_names(installation: World) -> None:
    shop = ReachableShop()
    world = reaching(installation, shop)
    store = world.birch(is_offline=False)
    by_amount = a_fetched_refund(25, "5.00")
    by_line = a_fetched_refund(26, "12.00", l10="11.21")
    stood = []
    for minute, (told, lines) in enumerate(
        [((), ()), ((FIVE,), (by_amount,)), ((TWELVE, FIVE), (by_line, by_amount))]
    ):
        order = order_21(minute, *told)
        shop.hold(order, *lines)
        world.tell(store, order)
        fetch(world, store)
        stood.append(world.total(store))
    world.tell(store, order_21(3, REST, FIVE, status="refunded"))

    assert [*stood, world.total(store)] == [58, 54, 43, 0]
    assert shop.asked == ["21", "21"]


def test_s3_a_refund_of_shipping_alone_changes_nothing_once_its_lines_are_known(installation: World) -> None:
    shop = ReachableShop()
    world = reaching(installation, shop)
    store = world.birch(is_offline=False)
    order = order_21(0, FIVE)
    shipping = a_fetched_refund(25, "5.00") | {"shipping_lines": [{"id": 1, "total": "-4.20"}]}
    shop.hold(order, shipping)
    world.tell(store, order)
    fetch(world, store)

    assert world.total(store) == 58


def test_s3_full_is_when_every_line_went_back_whatever_became_of_the_shipping(installation: World) -> None:
    shop = ReachableShop()
    world = reaching(installation, shop)
    store = world.birch(is_offline=False)
    order = order_21(0, a_refund("65.89", 25))
    shop.hold(order, a_fetched_refund(25, "65.89", l9="16.72", l10="33.64", l11="8.39"))
    world.tell(store, order)
    fetch(world, store)

    assert world.total(store) == 0


@pytest.mark.parametrize(
    ("program", "entries"), [(SMALLEST_PROGRAM, [49, -16, -17, -16]), (HALF_UP, [50, -17, -16, -17])]
)
def test_s4_partial_refunds_telescope(installation: World, program: str, entries: list[int]) -> None:
    store = installation.birch(program=program)
    refunds = [a_refund("16.65", 900 + at) for at in range(3)]
    for minute in range(4):
        installation.tell(store, an_order(minute=minute, refunds=refunds[:minute]))

    assert installation.points(store) == entries


def test_s4_an_order_never_falls_below_zero(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order())
    installation.tell(store, an_order(minute=1, refunds=[a_refund("49.95"), a_refund("49.95", 901)]))

    assert installation.points(store) == [49, -49]


def test_s4_goods_100_tax_20_shipping_10_refunded_130_and_then_refunded_is_removed_once(
    installation: World,
) -> None:
    store = installation.birch()
    line = a_line("100.00", total_tax="20.00")
    whole: dict[str, Any] = {"net": "130.00", "line_items": [line]}
    installation.tell(store, an_order(**whole))
    installation.tell(store, an_order(**whole, minute=1, refunds=[a_refund("130.00")]))
    installation.tell(store, an_order(**whole, minute=2, refunds=[a_refund("130.00")], status="refunded"))

    assert installation.points(store) == [100, -100]


@pytest.mark.parametrize(
    ("status", "points"),
    [("processing", [49]), ("completed", [49])]
    + [
        (status, [])
        for status in ("pending", "on-hold", "failed", "cancelled", "refunded", "trash", "checkout-draft")
    ],
)
@pytest.mark.parametrize("topic", ["order.created", "order.updated"])
def test_s5_the_status_earns_and_never_the_topic(
    sqlite_installation: World, status: str, points: list[int], topic: str
) -> None:
    store = sqlite_installation.birch()
    sqlite_installation.tell(store, an_order(status=status), topic)

    assert sqlite_installation.points(store) == points


def test_s5_the_merchant_may_choose_the_states_that_earn(installation: World) -> None:
    store = installation.birch(
        program=SMALLEST_PROGRAM.replace('"points_per_unit",', '"points_per_unit", "states": ["completed"],')
    )
    installation.tell(store, an_order())
    assert installation.points(store) == []
    installation.tell(store, an_order(minute=1, status="completed"))

    assert installation.points(store) == [49]


def test_s5_an_unknown_status_earns_with_a_payment_date_and_else_changes_nothing_and_is_shown(
    installation: World,
) -> None:
    store = installation.birch()
    installation.tell(store, an_order(1, status="shipped"))
    installation.tell(store, an_order(2))
    installation.tell(store, an_order(2, minute=1, status="picking", date_paid_gmt=None))

    assert installation.total(store, "1") == 49
    assert installation.points(store, "2") == [49]
    assert installation.notices(store) == ["unknown_status"]


def set_rate(world: World, store: Store, currency: str, rate: str) -> None:
    """What the merchant does; then the held deliveries go back in line."""
    with world.database.write(store.store_id) as db:
        stores.set_rate(db, store.store_id, currency, rate, world.now)
        inbox.replay(db, store.store_id, world.now, row_id=None, states=["held"])
    world.drain(store)


def test_s6_another_currency_is_held_until_the_merchant_sets_a_rate(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order(currency="USD"))
    assert installation.points(store) == []
    assert installation.inbox(store) == {"held": 1}

    set_rate(installation, store, "USD", "0.92")

    assert installation.points(store) == [45]
    assert installation.inbox(store) == {"done": 1}


def test_s6_a_rate_stays_with_the_order_and_with_its_currency(installation: World) -> None:
    store = installation.birch()
    set_rate(installation, store, "USD", "0.92")
    installation.tell(store, an_order(currency="USD"))
    set_rate(installation, store, "USD", "0.50")
    installation.tell(store, an_order(currency="USD", minute=1, refunds=[a_refund("10.00")]))
    assert installation.total(store) == 36

    installation.tell(store, an_order(currency="GBP", minute=2))
    assert installation.total(store) == 0
    assert installation.inbox(store)["held"] == 1
    installation.tell(store, an_order(currency="USD", minute=3))
    assert installation.total(store) == 45
    assert "held" not in installation.inbox(store)


def test_s6_an_order_that_leaves_the_stores_currency_is_held_and_not_taken_at_par(
    installation: World,
) -> None:
    store = installation.birch()
    installation.tell(store, an_order())
    installation.tell(store, an_order(minute=1, currency="USD"))

    assert installation.points(store) == [49, -49]
    assert installation.inbox(store) == {"done": 1, "held": 1}


@pytest.mark.parametrize(
    ("currency", "amount", "per_minor", "points"), [("JPY", "1500", 1, 1500), ("KWD", "33.645", 1, 33_645)]
)
def test_s6_amounts_go_by_the_exponent_of_their_currency(
    installation: World, currency: str, amount: str, per_minor: int, points: int
) -> None:
    program = SMALLEST_PROGRAM.replace('"per_minor": 100', f'"per_minor": {per_minor}')
    store = installation.birch(currency, program)
    installation.tell(store, an_order(net=amount, currency=currency))

    assert installation.points(store) == [points]
