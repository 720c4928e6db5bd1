"""Where a walk through a store's orders stands, and what in it is news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.catching_up import (
    Glimpse,
    Kept,
    Mark,
    OrdersPage,
    Walk,
    is_from_before,
    is_news,
    question,
)
from tests.world import NOW

SEEN = Glimpse("1042", "1042", "processing", NOW, NOW, is_paid=True, refunded_minor=0)
KEPT = Kept(NOW, "processing", 0)


def at(minute: int, order_ref: str = "1") -> Glimpse:
    return replace(SEEN, order_ref=order_ref, modified_at=NOW + timedelta(minutes=minute))


def test_an_order_that_is_here_as_it_is_there_is_no_news() -> None:
    assert not is_news(KEPT, SEEN)
    assert not is_news(KEPT, replace(SEEN, refunded_minor=None))


@pytest.mark.parametrize(
    "kept",
    [
        None,
        replace(KEPT, deleted_at=NOW),
        replace(KEPT, modified_at=NOW - timedelta(seconds=1)),
        replace(KEPT, modified_at=None),
        replace(KEPT, status="on-hold"),
        replace(KEPT, refunded_minor=100),
    ],
)
def test_whatever_differs_is_news(kept: Kept | None) -> None:
    assert is_news(kept, SEEN)


def test_after_a_page_a_walk_stands_at_the_time_of_its_last_order() -> None:
    walk = Walk.beginning(NOW).beyond(OrdersPage((at(1), at(2)), next_page="2"), lists=1)
    assert (walk.mark, walk.is_over) == (Mark(NOW + timedelta(minutes=2)), False)


def test_where_a_whole_page_is_of_one_moment_it_goes_on_by_page() -> None:
    walk = Walk.beginning(NOW).beyond(OrdersPage((at(0), at(0)), next_page="2"), lists=1)
    assert walk.mark == Mark(NOW, "2")


def test_the_next_list_begins_where_the_first_one_did_and_after_the_last_it_is_over() -> None:
    walk = Walk.beginning(NOW).beyond(OrdersPage((at(5),)), lists=2)
    assert (walk.list_at, walk.mark, walk.is_over) == (1, Mark(NOW), False)
    assert walk.beyond(OrdersPage(()), lists=2).is_over


def test_the_place_reached_is_by_the_stores_clock_but_never_ahead_of_ours() -> None:
    walk = Walk.beginning(NOW).beyond(OrdersPage((at(5),)), lists=1)
    assert walk.reached(NOW + timedelta(hours=1)) == NOW + timedelta(minutes=5)
    assert walk.reached(NOW + timedelta(minutes=1)) == NOW + timedelta(minutes=1)
    assert Walk.beginning(NOW).reached(NOW + timedelta(hours=1)) == NOW


def test_a_list_that_is_in_no_order_says_itself_where_it_goes_on() -> None:
    place = Mark(NOW, "file@7")
    walk = Walk.beginning(NOW).past([replace(at(9), place=place)])
    assert walk.mark == place


def test_an_order_of_the_second_in_which_the_store_was_connected_is_not_from_before() -> None:
    connected_at = NOW + timedelta(microseconds=700_000)
    assert not is_from_before(replace(SEEN, ordered_at=NOW), connected_at)
    assert is_from_before(replace(SEEN, ordered_at=NOW - timedelta(seconds=1)), connected_at)


def test_the_same_question_is_another_one_once_anything_moves_here_or_there() -> None:
    asked = [
        question(KEPT, SEEN),
        question(None, SEEN),
        question(replace(KEPT, deleted_at=NOW), SEEN),
        question(replace(KEPT, refunded_minor=1), SEEN),
        question(KEPT, replace(SEEN, refunded_minor=1)),
        question(KEPT, replace(SEEN, modified_at=NOW + timedelta(seconds=1))),
        question(KEPT, replace(SEEN, order_ref="1043")),
    ]
    assert len(set(asked)) == len(asked)
    assert question(replace(KEPT, posted_points=5), SEEN) == asked[0]
