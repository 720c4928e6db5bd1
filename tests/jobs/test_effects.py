"""Orders that must be fetched: asked for, called for, answered into the inbox, settled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.db import effects
from core.domain.errors import PlatformRefused, PlatformUnavailable, StoreUnauthorized
from core.domain.stores import Store
from core.jobs.drain import TRIES_MOST
from core.jobs.effects import run_effects
from tests.fakes.shops import FakeShop
from tests.payloads import a_line, a_refund, an_order
from tests.world import World

# Order 21 of the captured store: three lines, tax at two rates, flat-rate shipping.
LINES = [a_line("16.72", 9, total_tax="3.18"), a_line("33.64", 10, total_tax="2.36"), a_line("8.39", 11)]


@pytest.fixture
def shop(world: World) -> FakeShop:
    """The platform behind every store of the world."""
    fake = FakeShop()
    world.env = replace(world.env, shop=lambda _store, _credentials: fake)
    return fake


@pytest.fixture
def birch(world: World) -> Store:
    """A store that can be called."""
    return world.connect(is_offline=False)


def order_21(minute: int, *refunds: str) -> dict[str, Any]:
    """The order as its webhook tells it after so many refunds."""
    listed = [a_refund(amount, 25 + number) for number, amount in enumerate(refunds)]
    return an_order(21, minute=minute, total="71.72", line_items=LINES, refunds=listed)


def refund_of_a_line(refund_id: int, amount: str, line_id: int, net: str) -> dict[str, Any]:
    """A refund as REST gives it, taking back one line."""
    meta = [{"key": "_refunded_item_id", "value": str(line_id)}]
    line = {"id": 900 + refund_id, "quantity": -1, "total": f"-{net}", "meta_data": meta}
    return {"id": refund_id, "amount": amount, "line_items": [line], "shipping_lines": [], "fee_lines": []}


def refund_of_an_amount(refund_id: int, amount: str) -> dict[str, Any]:
    """A refund as REST gives it, naming no line."""
    return {"id": refund_id, "amount": amount, "line_items": [], "shipping_lines": [], "fee_lines": []}


def refund_of_shipping(refund_id: int, amount: str) -> dict[str, Any]:
    """A refund as REST gives it, of shipping alone."""
    return {**refund_of_an_amount(refund_id, amount), "shipping_lines": [{"id": 1, "total": f"-{amount}"}]}


def work(world: World, store: Store) -> None:
    """Call out for what is due and settle the answers."""
    run_effects(world.env, store.store_id)
    world.drain(store)


def test_s3_refunds_are_counted_by_line_where_the_store_can_be_asked(
    world: World, birch: Store, shop: FakeShop
) -> None:
    world.tell(birch, order_21(0))
    assert sum(world.points(birch)) == 58

    by_amount, by_line = refund_of_an_amount(25, "5.00"), refund_of_a_line(26, "12.00", 10, "11.21")
    shop.orders["21"], shop.refunds["21"] = order_21(1, "5.00"), [by_amount]
    world.tell(birch, order_21(1, "5.00"))
    work(world, birch)
    assert sum(world.points(birch)) == 54

    shop.orders["21"], shop.refunds["21"] = order_21(2, "5.00", "12.00"), [by_amount, by_line]
    world.tell(birch, order_21(2, "5.00", "12.00"))
    assert sum(world.points(birch)) == 44
    work(world, birch)
    assert sum(world.points(birch)) == 43
    assert world.inbox(birch) == {"done": 5}

    shop.orders["21"], shop.refunds["21"] = order_21(3, "71.72"), [refund_of_an_amount(27, "71.72")]
    world.tell(birch, order_21(3, "71.72"))
    work(world, birch)
    assert sum(world.points(birch)) == 0


def test_s3_a_refund_of_shipping_changes_nothing(world: World, birch: Store, shop: FakeShop) -> None:
    shop.orders["21"], shop.refunds["21"] = order_21(1, "5.83"), [refund_of_shipping(25, "5.83")]
    world.tell(birch, order_21(1, "5.83"))
    work(world, birch)
    assert sum(world.points(birch)) == 58


def test_s9_a_refund_deleted_without_a_trace_is_found_by_asking_again(
    world: World, birch: Store, shop: FakeShop
) -> None:
    world.tell(birch, an_order(net="49.95"))
    shop.orders["1042"] = an_order(net="49.95", minute=1, refunds=[a_refund("10.00")])
    shop.refunds["1042"] = [refund_of_an_amount(900, "10.00")]
    world.tell(birch, shop.orders["1042"])
    work(world, birch)
    assert sum(world.points(birch)) == 39

    # WooCommerce leaves date_modified as it was, so the order looks no newer than before.
    shop.orders["1042"], shop.refunds["1042"] = an_order(net="49.95", minute=1), []
    with world.database.write(birch.store_id) as db:
        effects.ask(db, birch.store_id, effects.FETCH_ORDER, ["1042"], world.now)
    world.wait(seconds=1)
    work(world, birch)
    assert world.points(birch, "1042") == [49, -10, 10]
    assert [entry.key for entry in world.entries(birch)] == ["order:1042:1", "order:1042:2", "order:1042:3"]


def test_s7_two_tellings_of_one_moment_are_fetched_never_guessed(
    world: World, birch: Store, shop: FakeShop
) -> None:
    world.tell(birch, an_order(net="49.95"))
    world.tell(birch, an_order(net="30.00"))
    assert sum(world.points(birch)) == 49
    assert world.inbox(birch) == {"done": 1, "needs_fetch": 1}

    shop.orders["1042"] = an_order(net="30.00")
    work(world, birch)
    assert sum(world.points(birch)) == 30
    assert world.inbox(birch) == {"done": 3}


def test_s10_a_deletion_is_confirmed_or_taken_back_by_asking(
    world: World, birch: Store, shop: FakeShop
) -> None:
    world.tell(birch, an_order(net="49.95"))
    world.wait(minutes=1)
    world.post(birch, b'{"id":1042}', "order.deleted")
    world.drain(birch)
    assert sum(world.points(birch)) == 0

    shop.orders["1042"] = an_order(net="49.95")
    world.wait(seconds=1)
    work(world, birch)
    assert sum(world.points(birch)) == 49

    del shop.orders["1042"]
    world.wait(minutes=1)
    world.post(birch, b'{"id":1042}', "order.deleted")
    world.drain(birch)
    world.wait(seconds=1)
    work(world, birch)
    assert sum(world.points(birch)) == 0
    assert "needs_fetch" not in world.inbox(birch)


def test_s13_a_store_that_is_never_called_waits_and_is_settled_by_the_offline_rule(
    world: World, shop: FakeShop
) -> None:
    acorn = world.connect("Offline")
    world.tell(acorn, order_21(1, "5.00"))
    work(world, acorn)
    assert shop.asked == []
    assert sum(world.points(acorn)) == 54
    assert world.inbox(acorn) == {"needs_fetch": 1}


def test_a_store_that_is_down_rests_longer_and_longer_and_nothing_is_lost(
    world: World, birch: Store, shop: FakeShop
) -> None:
    for order_id in (1, 2, 3):
        world.tell(birch, an_order(order_id, refunds=[a_refund("1.00")]))
        shop.orders[str(order_id)] = an_order(order_id, refunds=[a_refund("1.00")])
        shop.refunds[str(order_id)] = [refund_of_an_amount(900, "1.00")]
    shop.trouble = [PlatformUnavailable("down"), PlatformUnavailable("slow down", 120)]

    work(world, birch)
    assert len(shop.asked) == 1
    work(world, birch)
    assert len(shop.asked) == 1
    world.wait(seconds=2)
    work(world, birch)
    assert len(shop.asked) == 2
    world.wait(seconds=60)
    work(world, birch)
    assert len(shop.asked) == 2
    world.wait(seconds=61)
    work(world, birch)
    assert len(shop.asked) == 5
    assert "needs_fetch" not in world.inbox(birch)


def test_dead_keys_set_everything_aside_and_are_tried_again_every_hour(
    world: World, birch: Store, shop: FakeShop
) -> None:
    world.tell(birch, order_21(1, "5.00"))
    shop.orders["21"], shop.refunds["21"] = order_21(1, "5.00"), [refund_of_an_amount(25, "5.00")]
    shop.trouble = [StoreUnauthorized("the keys were taken away")]
    work(world, birch)
    assert world.notices(birch) == ["connection_broken"]
    world.wait(minutes=30)
    world.tell(birch, an_order(22))
    work(world, birch)
    assert len(shop.asked) == 1
    assert world.notices(birch) == ["connection_broken"]

    world.wait(minutes=30)
    work(world, birch)
    assert world.inbox(birch) == {"done": 3}
    assert world.notices(birch) == []


def test_what_is_refused_for_good_is_not_asked_again(world: World, birch: Store, shop: FakeShop) -> None:
    world.tell(birch, order_21(1, "5.00"))
    shop.trouble = [PlatformRefused("no")]
    work(world, birch)
    world.wait(hours=1)
    work(world, birch)
    assert len(shop.asked) == 1
    with world.database.read(birch.store_id) as db:
        assert effects.counts(db, birch.store_id) == {"failed": 1}


def test_what_is_asked_for_again_during_a_call_is_called_for_again(
    world: World, birch: Store, shop: FakeShop
) -> None:
    world.tell(birch, order_21(1, "5.00"))
    shop.orders["21"], shop.refunds["21"] = order_21(1, "5.00"), [refund_of_an_amount(25, "5.00")]
    asked_again: list[bool] = []

    def ask_again(point: str) -> None:
        if point == "effects.after_call" and not asked_again:
            asked_again.append(True)
            with world.database.write(birch.store_id) as db:
                effects.ask(db, birch.store_id, effects.FETCH_ORDER, ["21"], world.now)

    world.env = replace(world.env, reach=ask_again)
    run_effects(world.env, birch.store_id)
    assert shop.asked == ["21", "21"]


def test_a_notice_of_dead_keys_goes_with_the_first_call_that_works_whichever_it_is(
    world: World, birch: Store, shop: FakeShop
) -> None:
    shop.orders["21"], shop.refunds["21"] = order_21(1, "5.00"), [refund_of_an_amount(25, "5.00")]
    shop.trouble = [StoreUnauthorized("the keys were taken away")]
    world.tell(birch, order_21(1, "5.00"))
    work(world, birch)
    assert world.notices(birch) == ["connection_broken"]

    world.tell(birch, order_21(2, "5.00"))
    work(world, birch)
    assert world.notices(birch) == []


def test_a_fetch_that_breaks_our_own_code_is_given_up_after_eight_tries_and_the_others_go_on(
    world: World, birch: Store, shop: FakeShop
) -> None:
    for order_id in (1, 2):
        shop.orders[str(order_id)] = an_order(order_id, refunds=[a_refund("1.00")])
        world.tell(birch, shop.orders[str(order_id)])
    shop.broken = {"1"}
    with capture_logs() as logged:
        for tried in range(1, TRIES_MOST + 1):
            assert shop.asked.count("1") == tried - 1
            work(world, birch)
            world.wait(minutes=15)
        work(world, birch)
    assert [entry["event"] for entry in logged].count("effect.broke") == TRIES_MOST
    with world.database.read(birch.store_id) as db:
        assert effects.counts(db, birch.store_id) == {"done": 1, "failed": 1}
