"""What becomes of a reward's points by what becomes of its code's order, with the numbers."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import permutations

from core.db import spending
from core.domain.lots import LotTerms, end_of_day
from core.domain.platform import Delivery
from core.domain.redemptions import State
from core.services.restoring import GRACE_DAYS, give_all_back, hold
from sandbox.woocommerce import orders
from tests.contract.woocommerce import WooCommerceRig
from tests.redeeming.counter import FIVE, Counter, a_program


def standing(at: Counter, redemption_id: int) -> tuple[str, int]:
    """Its state, and how many of its points are back by its entries.

    WooCommerce tells the money of a refund before its lines, so that they may come back in two parts.
    """
    spent, *moved = at.points(redemption_id)
    assert spent == -500
    return at.state(redemption_id), sum(moved)


def held_by(at: Counter) -> WooCommerceRig:
    """The store behind the counter."""
    assert isinstance(at.rig, WooCommerceRig)
    return at.rig


def test_half_of_the_orders_goods_refunded_gives_half_of_the_points_back(at: Counter) -> None:
    redemption, order = at.used()
    at.refund_half(order)

    assert standing(at, redemption) == (State.USED, 250)
    at.assert_adds_up()


def test_cancelled_at_woocommerce_afterwards_the_code_is_live_and_they_go_again(birch: Counter) -> None:
    redemption, order = birch.used()
    birch.refund_half(order)
    birch.cancel_order(order)

    assert standing(birch, redemption) == (State.LIVE, 0)
    assert birch.balance() == (0, 0, 0)
    birch.assert_adds_up()


def test_a_code_that_is_live_again_can_be_used_again(birch: Counter) -> None:
    redemption, order = birch.used()
    birch.cancel_order(order)
    second = birch.checkout(birch.redemption(redemption).code)

    assert (birch.state(redemption), birch.redemption(redemption).order_ref) == (State.USED, second)
    assert sum(birch.points(redemption)) == -500


def test_cancelled_at_shopify_afterwards_the_rest_of_them_comes_back_too(acorn: Counter) -> None:
    redemption, order = acorn.used()
    acorn.refund_half(order)
    acorn.cancel_order(order)

    assert standing(acorn, redemption) == (State.USED, 500)
    assert acorn.balance() == (500, 0, 0)
    acorn.assert_adds_up()


def test_a_use_given_back_after_the_code_had_ended_gives_the_points_back(birch: Counter) -> None:
    redemption, order = birch.used()
    birch.wait(days=31)
    birch.cancel_order(order)

    assert standing(birch, redemption) == (State.EXPIRED, 500)
    birch.assert_adds_up()


def test_the_same_when_nobody_ever_told_of_the_use(birch: Counter) -> None:
    made = birch.wish()
    birch.work()
    birch.rig.order(birch.pair(made.code))
    birch.wait(days=31)
    birch.world.mature(birch.store)
    assert birch.state(made.id) == State.EXPIRED
    birch.cancel_order(birch.rig.newest_order())

    assert standing(birch, made.id) == (State.EXPIRED, 500)


def test_a_use_that_came_back_in_time_did_so_however_late_the_order_is_saved_again(birch: Counter) -> None:
    redemption, order = birch.used()
    birch.cancel_order(order)
    birch.wait(days=31)
    birch.world.mature(birch.store)
    orders.touch(held_by(birch).store, int(order), birch.world.now)
    birch.hear()

    assert standing(birch, redemption) == (State.EXPIRED, 0)


def test_an_order_in_the_bin_gives_the_use_back_and_takes_it_again_when_restored(birch: Counter) -> None:
    redemption, order = birch.used()
    store = held_by(birch).store
    birch.wait(minutes=1)
    orders.trash(store, int(order), birch.world.now)
    birch.hear()
    assert standing(birch, redemption) == (State.LIVE, 0)

    birch.wait(minutes=1)
    orders.restore(store, int(order), birch.world.now)
    birch.hear()
    assert standing(birch, redemption) == (State.USED, 0)


def test_a_code_taken_off_its_order_can_be_used_again(birch: Counter) -> None:
    redemption, order = birch.used()
    store = held_by(birch).store
    birch.wait(minutes=1)
    store.orders[int(order)].coupon_lines.clear()
    orders.touch(store, int(order), birch.world.now)
    birch.hear()

    assert standing(birch, redemption) == (State.LIVE, 0)


def happenings(birch: Counter) -> tuple[int, list[Delivery]]:
    """An order with the code, half refunded, cancelled, taken up again: as the store told it, undelivered."""
    made = birch.wish()
    birch.work()
    told = birch.rig.order(birch.pair(made.code))
    order, store = birch.rig.newest_order(), held_by(birch).store
    for happens in (
        lambda: birch.rig.refund_half(order),
        lambda: birch.rig.cancel(order),
        lambda: orders.set_status(store, int(order), "completed", birch.world.now),
    ):
        birch.wait(minutes=1)
        happens()
        told += birch.rig.told()
    return made.id, told


def test_any_order_of_the_deliveries_and_any_repetition_ends_the_same(birch: Counter) -> None:
    chance = random.Random(20)
    for order in chance.sample(list(permutations(range(4))), k=6):
        redemption, told = happenings(birch)
        # An order placed is told as created and as updated.
        _, *told = told
        shuffled = [told[number] for number in order]
        for delivery in shuffled + chance.choices(told, k=2):
            birch.deliver(delivery)
            birch.world.drain(birch.store)
        birch.settle([])

        assert standing(birch, redemption) == (State.USED, 250)
        birch.grant(250)
    birch.assert_adds_up()


def test_an_order_with_a_code_whose_points_are_back_takes_them_again(at: Counter) -> None:
    redemption, _ = gone_and_used(at)

    assert standing(at, redemption) == (State.USED, 0)
    assert at.balance() == (0, 0, 0)
    at.assert_adds_up()


def gone_and_used(at: Counter, spend: int = 0) -> tuple[int, str]:
    """A code that an order carries though it was taken back; some of its points may be spent by then."""
    made = at.wish()
    at.work()
    told = at.rig.order(at.pair(made.code))
    with at.world.database.write(at.store.store_id) as db:
        found = hold(db, at.store, made.id)
        assert found is not None
        give_all_back(db, found, State.CANCELLED, "taken back", at.world.now)
    if spend:
        at.wish("any", spend)
    at.settle(told)
    return made.id, at.rig.newest_order()


ANY = {"id": "any", "kind": "any_amount", "step_points": 100, "amount_minor": 100}


def test_what_was_spent_by_then_is_a_debt_which_points_that_come_back_pay_first(at: Counter) -> None:
    at.world.apply(at.store, a_program(FIVE, ANY))
    redemption, order = gone_and_used(at, spend=300)
    assert at.balance() == (0, 0, 300)
    at.assert_adds_up()

    at.refund_half(order)
    assert (sum(at.points(redemption)), at.balance()) == (-250, (0, 0, 50))
    at.assert_adds_up()


def test_points_paid_as_a_debt_come_back_with_the_life_the_program_gives(at: Counter) -> None:
    at.world.apply(at.store, a_program(FIVE, ANY))
    _, order = gone_and_used(at, spend=500)
    at.pay_debt(500)
    at.refund_half(order)

    at.wait(days=90)
    at.world.mature(at.store)
    assert at.available() == 250
    at.assert_adds_up()


def test_a_code_that_was_taken_back_is_switched_off_when_its_order_gives_it_back(birch: Counter) -> None:
    redemption, order = gone_and_used(birch)
    birch.cancel_order(order)
    assert birch.state(redemption) == State.CANCELLING
    birch.work_on(hours=1)

    assert (birch.state(redemption), birch.balance()) == (State.CANCELLED, (500, 0, 0))
    assert birch.codes_of_ours() == []
    birch.assert_adds_up()


def lots_of(at: Counter) -> list[tuple[int, datetime | None]]:
    """What Ana's lots hold by when they end, soonest first."""
    held: dict[datetime | None, int] = defaultdict(int)
    with at.world.database.read(at.store.store_id) as db:
        for lot in spending.lots_to_spend(db, at.store.store_id, at.ana):
            held[lot.terms.expires_at] += lot.remaining_points
    return [(points, ends_at) for ends_at, points in held.items()]


def test_points_come_back_into_the_lots_they_left_with_the_end_those_had(poor: Counter) -> None:
    soon, late = poor.world.now + timedelta(days=40), poor.world.now + timedelta(days=90)
    poor.grant(200, terms=LotTerms(poor.world.now, late))
    poor.grant(400, terms=LotTerms(poor.world.now, soon))
    redemption, order = poor.used()
    assert lots_of(poor) == [(100, late)]
    poor.refund_half(order)

    # Those spent last come back first: 100 of the late lot, 150 of the one that ends soon.
    assert lots_of(poor) == [(150, soon), (200, late)]
    assert sum(poor.points(redemption)) == -250
    poor.assert_adds_up()


def test_points_of_a_lot_that_ended_meanwhile_live_for_thirty_more_days(poor: Counter) -> None:
    poor.grant(300, terms=LotTerms(poor.world.now, poor.world.now + timedelta(days=1)))
    poor.grant(200)
    redemption, order = poor.used()
    poor.wait(days=5)
    poor.refund_half(order)
    assert lots_of(poor) == [(50, grace_end(poor)), (200, None)]
    poor.assert_adds_up()

    poor.wait(days=31)
    poor.world.mature(poor.store)
    poor.world.mature(poor.store)
    assert lots_of(poor) == [(200, None)]
    assert sum(poor.points(redemption)) == -250
    assert poor.balance() == (200, 0, 0)
    poor.assert_adds_up()


def grace_end(at: Counter) -> datetime:
    return end_of_day(
        at.world.now.astimezone(at.store.zone).date() + timedelta(days=GRACE_DAYS), at.store.zone
    )


def test_points_given_back_twice_go_to_each_lot_once(poor: Counter) -> None:
    poor.grant(250)
    poor.grant(250, terms=LotTerms(poor.world.now - timedelta(days=1), poor.world.now + timedelta(days=2)))
    redemption, order = poor.used()
    poor.wait(days=5)
    poor.refund_half(order)
    assert lots_of(poor) == [(250, None)]
    poor.refund_half(order)

    assert lots_of(poor) == [(250, grace_end(poor)), (250, None)]
    assert sum(poor.points(redemption)) == 0
    poor.assert_adds_up()


def test_a_lot_spent_and_given_back_in_time_ends_once(poor: Counter) -> None:
    poor.grant(500, terms=LotTerms(poor.world.now, poor.world.now + timedelta(days=2)))
    redemption, order = poor.used()
    poor.refund_half(order)
    poor.wait(days=3)
    for _ in range(2):
        poor.world.mature(poor.store)
    assert poor.balance() == (0, 0, 0)
    poor.refund_half(order)

    # The second half finds its lot ended.
    assert lots_of(poor) == [(250, grace_end(poor))]
    assert sum(poor.points(redemption)) == 0
    poor.assert_adds_up()
