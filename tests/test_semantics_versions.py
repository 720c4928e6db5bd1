"""The decided cases of which telling of an order counts and under which program, by their numbers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.domain.errors import Refused
from core.domain.stores import Store
from core.domain.versions import BEGINNING
from core.services.terms import load_terms
from tests.fakes.reachable import ReachableShop, a_fetched_refund, fetch, reaching
from tests.payloads import ORDERED_AT, a_refund, an_order, body_of, gmt
from tests.world import SMALLEST_PROGRAM, World

TWICE = SMALLEST_PROGRAM.replace('"points": 1', '"points": 2')
A_DAY = timedelta(days=1)


def test_s7_the_newest_wins_in_whatever_order_it_comes(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order(minute=5, net="20.00"))
    installation.tell(store, an_order(minute=3))
    installation.tell(store, an_order(minute=5, net="20.00"))

    assert installation.points(store) == [20]


def test_s7_within_a_second_the_larger_refund_then_the_later_status_wins(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order(refunds=[a_refund("10.00")]))
    installation.tell(store, an_order(status="cancelled"))
    assert installation.points(store) == [39]
    installation.tell(store, an_order(2, status="cancelled"))
    installation.tell(store, an_order(2, status="completed"))

    assert installation.points(store, "2") == []


def test_s7_two_bodies_of_one_version_are_asked_about_and_not_guessed(installation: World) -> None:
    shop = ReachableShop()
    world = reaching(installation, shop)
    store = world.birch(is_offline=False)
    world.tell(store, an_order())
    world.tell(store, an_order(net="39.95"))
    assert world.points(store) == [49]
    assert world.inbox(store) == {"done": 1, "needs_fetch": 1}

    shop.hold(an_order(net="39.95"))
    fetch(world, store)
    world.tell(store, an_order())

    assert world.points(store) == [49, -10]
    assert world.inbox(store) == {"done": 4}


def test_s8_an_order_given_to_another_customer_moves_its_points(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order())
    installation.tell(store, an_order(minute=1, customer_id=8, billing={"email": "finn@example.com"}))

    assert installation.points(store) == [49, -49, 49]
    assert installation.balance(store, "7") == (0, 0, 0)
    assert installation.balance(store, "8") == (49, 0, 0)


def test_s9_keys_count_the_orders_settlements_and_a_state_may_come_back(installation: World) -> None:
    shop = ReachableShop()
    world = reaching(installation, shop)
    store = world.birch(is_offline=False)
    refunded = an_order(minute=1, refunds=[a_refund("10.00")])
    shop.hold(refunded, a_fetched_refund(900, "10.00"))
    world.tell(store, an_order())
    world.tell(store, refunded)
    fetch(world, store)
    # The refund is deleted in the store, which leaves the order's date as it was; a second doubtful telling
    # makes us look.
    shop.hold(an_order(minute=1))
    world.wait(minutes=1)
    world.post(store, b'{"id":1042}', "order.deleted")
    world.drain(store)
    fetch(world, store)

    kept = [(entry.key, entry.points) for entry in world.entries(store)]
    assert kept == [
        ("order:1042:1", 49),
        ("order:1042:2", -10),
        ("order:1042:3", -39),
        ("order:1042:4", 49),
    ]


def test_s9_forty_nine_thirty_nine_forty_nine(installation: World) -> None:
    store = installation.birch()
    for minute, net in enumerate(["49.95", "39.95", "49.95"]):
        installation.tell(store, an_order(minute=minute, net=net))

    assert [entry.key for entry in installation.entries(store)] == [
        "order:1042:1",
        "order:1042:2",
        "order:1042:3",
    ]
    assert installation.points(store) == [49, -10, 10]


def delete(world: World, store: Store, order_id: int = 1042) -> None:
    assert world.post(store, body_of({"id": order_id}), "order.deleted") == 200
    world.drain(store)


def test_s10_a_deletion_beats_every_snapshot_modified_before_it_was_received(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order())
    delete(installation, store)
    installation.tell(store, an_order(minute=60))

    assert installation.points(store) == [49, -49]


def test_s10_a_restored_or_newer_order_lives_again(installation: World) -> None:
    store = installation.birch()
    for number in (1, 2):
        installation.tell(store, an_order(number))
        delete(installation, store, number)
    installation.tell(store, an_order(1), "order.restored")
    installation.tell(store, an_order(2, date_modified_gmt=gmt(installation.now + timedelta(minutes=1))))

    assert installation.points(store, "1") == installation.points(store, "2") == [49, -49, 49]


def test_s10_where_the_store_is_reachable_it_is_asked_and_its_word_counts(installation: World) -> None:
    shop = ReachableShop()
    world = reaching(installation, shop)
    store = world.birch(is_offline=False)
    shop.hold(an_order(1))
    for number in (1, 2):
        world.tell(store, an_order(number))
        delete(world, store, number)
    fetch(world, store)

    assert world.total(store, "1") == 49
    assert world.total(store, "2") == 0
    assert sorted(shop.asked) == ["1", "2"]
    assert "needs_fetch" not in world.inbox(store)


def test_s10_an_unknown_order_leaves_a_tombstone_and_no_member(installation: World) -> None:
    store = installation.birch()
    delete(installation, store)
    installation.tell(store, an_order())

    assert installation.points(store) == []
    assert installation.balance(store) == (0, 0, 0)


def test_s11_only_a_byte_identical_delivery_is_dropped(installation: World) -> None:
    store = installation.birch()
    one = {"X-WC-Webhook-Delivery-ID": "same"}
    other = {"X-WC-Webhook-Delivery-ID": "other"}
    body = body_of(an_order())
    for headers in (one, one, other):
        assert installation.post(store, body, headers=headers) == 200
    assert installation.post(store, body_of(an_order(2)), headers=one) == 200
    assert installation.post(store, body, "order.created", headers=one) == 200
    installation.drain(store)

    assert installation.inbox(store) == {"done": 4}
    assert installation.points(store) == [49, 49]


def test_s12_an_order_belongs_to_the_program_of_its_own_time(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order(1))
    installation.apply(store, TWICE)
    installation.tell(store, an_order(2))
    installation.wait(days=1)
    after = gmt(installation.now)
    installation.tell(store, an_order(3, date_created_gmt=after, date_modified_gmt=after))

    assert installation.points(store) == [49, 49, 99]


def test_s12_a_refund_later_is_counted_by_the_orders_own_program(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order())
    installation.apply(store, TWICE)
    installation.tell(store, an_order(minute=1, refunds=[a_refund("49.95")]))

    assert installation.points(store) == [49, -49]


def begins(world: World, store: Store) -> list[datetime]:
    """When the store's program versions begin."""
    with world.database.read(store.store_id) as db:
        return [version.effective_from for version in load_terms(db, store).versions]


def test_s12_until_something_was_settled_a_program_holds_from_the_beginning(installation: World) -> None:
    store = installation.birch(program=None)
    installation.apply(store, TWICE)
    installation.tell(store, an_order())
    installation.apply(store, SMALLEST_PROGRAM)

    assert begins(installation, store) == [BEGINNING, BEGINNING, installation.now]
    assert installation.points(store) == [99]


def test_s12_a_past_that_orders_were_settled_under_is_not_rewritten(installation: World) -> None:
    store = installation.birch()
    installation.apply(store, TWICE, ORDERED_AT + A_DAY)
    installation.tell(store, an_order())
    with pytest.raises(Refused, match="what was earned is not re-priced"):
        installation.apply(store, TWICE, ORDERED_AT)
    installation.apply(store, TWICE, ORDERED_AT + 2 * A_DAY)

    assert installation.points(store) == [49]


def test_s13_offline_what_needs_a_fetch_is_counted_and_settled_meanwhile(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order(1, refunds=[a_refund("10.00")]))
    installation.tell(store, an_order(2))
    delete(installation, store, 2)
    installation.tell(store, an_order(3, date_modified_gmt=None))

    assert installation.inbox(store) == {"done": 1, "needs_fetch": 3}
    assert installation.total(store, "1") == 39
    assert installation.total(store, "2") == 0
    assert installation.points(store, "3") == []
