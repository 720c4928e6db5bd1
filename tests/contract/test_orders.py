"""A store's orders are listed by when they were modified, whatever the platform, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from core.domain.catching_up import Glimpse, Mark, Walk
from core.domain.errors import PlatformUnavailable, StoreUnauthorized
from core.domain.platform import FETCHED_ORDER, OrderTold
from tests.contract.rig import Cart, Rig, Trouble
from tests.world import NOW

MORE_THAN_A_PAGE = 103


def place(rig: Rig) -> str:
    """Ana orders two of a kind; its reference."""
    first, _ = rig.prices_minor
    rig.order(Cart("ana", "", (first, first)))
    return rig.newest_order()


def listed(rig: Rig, since: datetime = NOW) -> list[Glimpse]:
    """One page of the living orders."""
    return list(rig.shop().list_orders(rig.platform.order_lists[0], Mark(since), NOW).orders)


def walked(rig: Rig) -> Iterator[str]:
    """Every order that a walk through all lists passes."""
    lists, walk = rig.platform.order_lists, Walk.beginning(NOW)
    while not walk.is_over:
        page = rig.shop().list_orders(lists[walk.list_at], walk.mark, NOW)
        yield from (glimpse.order_ref for glimpse in page.orders)
        walk = walk.beyond(page, len(lists))


def test_orders_come_by_when_they_were_modified_those_long_ago_first(rig: Rig) -> None:
    first = place(rig)
    rig.wait(hours=1)
    second = place(rig)
    rig.wait(hours=1)
    rig.refund_half(first)
    assert [glimpse.order_ref for glimpse in listed(rig)] == [second, first]


def test_what_was_modified_before_the_mark_is_not_listed_and_at_the_mark_it_is(rig: Rig) -> None:
    place(rig)
    rig.wait(hours=1)
    second = place(rig)
    [glimpse] = listed(rig, listed(rig)[1].modified_at)
    assert glimpse.order_ref == second


def test_a_glimpse_says_of_the_order_what_reading_it_says(rig: Rig) -> None:
    paid, refunded, cancelled = place(rig), place(rig), place(rig)
    rig.wait(hours=1)
    rig.refund_half(refunded)
    rig.cancel(cancelled)
    for glimpse in listed(rig):
        body = glimpse.body or rig.shop().fetch_order(glimpse.order_ref, NOW)
        told = rig.platform.normalize(FETCHED_ORDER, body, NOW)
        assert isinstance(told, OrderTold)
        snapshot = told.snapshot
        read = (snapshot.order_ref, snapshot.number, snapshot.status, snapshot.ordered_at)
        assert (glimpse.order_ref, glimpse.number, glimpse.status, glimpse.ordered_at) == read
        assert glimpse.modified_at == snapshot.modified_at
        assert glimpse.refunded_minor in {None, snapshot.refunded_minor}
        assert glimpse.is_paid == (glimpse.order_ref in {paid, refunded} or snapshot.payment == "paid")


def test_more_orders_of_one_second_than_a_page_holds_are_all_passed(rig: Rig) -> None:
    placed = {place(rig) for _ in range(MORE_THAN_A_PAGE)}
    assert set(walked(rig)) == placed


def test_a_walk_passes_every_order_although_those_before_it_are_modified_meanwhile(rig: Rig) -> None:
    placed = []
    for _ in range(MORE_THAN_A_PAGE):
        placed.append(place(rig))
        rig.wait(hours=0.01)
    walk = walked(rig)
    seen = {next(walk)}
    for order_ref in placed[:3]:
        rig.cancel(order_ref)
    assert seen | set(walk) == set(placed)


def test_the_store_says_how_many_there_are(rig: Rig) -> None:
    for _ in range(3):
        place(rig)
    assert rig.shop().list_orders(rig.platform.order_lists[0], Mark(NOW), NOW).left == 3


@pytest.mark.parametrize("trouble", [Trouble.TOO_MANY, Trouble.SERVER_ERROR, Trouble.HTML, Trouble.REDIRECT])
def test_trouble_is_never_an_empty_list(rig: Rig, trouble: Trouble) -> None:
    place(rig)
    rig.fail(trouble)
    with pytest.raises(PlatformUnavailable):
        listed(rig)


def test_dead_keys_are_told_from_trouble_that_passes(rig: Rig) -> None:
    with pytest.raises(StoreUnauthorized):
        rig.shop(dead=True).list_orders(rig.platform.order_lists[0], Mark(NOW), NOW)


def past(rig: Rig, pages_most: int = 40) -> Iterator[Glimpse]:
    """Every order a walk through the past passes, as an import goes."""
    lists, walk = rig.platform.order_lists, Walk.beginning(NOW)
    for _ in range(pages_most):
        try:
            page = rig.shop().list_past_orders(lists[walk.list_at], walk.mark, NOW)
        except PlatformUnavailable as trouble:
            rig.wait(hours=(trouble.retry_after_s or 0) / 3600)
            continue
        yield from page.orders
        walk = walk.beyond(page, len(lists))
        if walk.is_over:
            return
    raise AssertionError("the walk has no end")


def test_a_walk_through_the_past_passes_every_order_as_reading_it_tells_it(rig: Rig) -> None:
    placed = {place(rig) for _ in range(MORE_THAN_A_PAGE)}
    refunded = rig.newest_order()
    rig.refund_half(refunded)
    passed = {glimpse.order_ref: glimpse for glimpse in past(rig)}
    assert passed.keys() == placed
    assert passed[refunded].body is None
    for order_ref in list(placed - {refunded})[:3]:
        body = passed[order_ref].body
        assert body is not None
        [gathered, read] = (
            rig.platform.normalize(FETCHED_ORDER, one, NOW)
            for one in (body, rig.shop().fetch_order(order_ref, NOW))
        )
        assert isinstance(gathered, OrderTold)
        assert isinstance(read, OrderTold)
        assert (gathered.snapshot, gathered.email) == (read.snapshot, read.email)


def test_of_a_store_without_orders_the_past_is_empty(rig: Rig) -> None:
    assert list(past(rig)) == []
