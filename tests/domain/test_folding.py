"""Taking in several tellings of one order at once."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.domain.folding import (
    AHEAD_OF_ITS_TIME,
    IS_IT_GONE,
    TWO_TELLINGS,
    Folded,
    News,
    fold,
    waits_for_fetch,
)
from core.domain.orders import OrderSnapshot
from core.domain.settlement import Order, Seen, Verdict
from tests.snapshots import PLACED, SEEN_AT, a_snapshot, by_amount, seen

LINES = "the lines of its refunds"
# One order's life: no two states share a version, so every order of arrival has one right end.
LIFE = [
    a_snapshot(status="pending", status_rank=2),
    a_snapshot(),
    a_snapshot(status="completed", status_rank=6),
    a_snapshot(minute=1, refunds=(by_amount(1000),)),
    a_snapshot(minute=1, refunds=(by_amount(1000), by_amount(500, "901"))),
    a_snapshot(3000, minute=2),
]


def news(*tellings: Seen | OrderSnapshot, first_row: int = 1, lacks: str = "") -> list[News]:
    """These tellings as deliveries, one row after the other."""
    told = (one if isinstance(one, Seen) else seen(one) for one in tellings)
    return [News(row_id, one, lacks) for row_id, one in enumerate(told, start=first_row)]


def folded(*tellings: Seen | OrderSnapshot) -> Folded:
    return fold(Order("1042"), news(*tellings), None)


@given(st.permutations([*LIFE, *LIFE]), st.integers(0, 12))
def test_whatever_the_order_and_however_often_it_is_told_the_newest_state_stands(
    tellings: list[OrderSnapshot], cut: int
) -> None:
    first = fold(Order("1042"), news(*tellings[:cut]), None)
    second = fold(first.order, news(*tellings[cut:], first_row=cut + 1), first.wants)

    assert second.order.version == LIFE[-1].version
    assert second.order == folded(*tellings).order
    assert second.wants is None


@given(st.permutations(LIFE), st.integers(0, 6))
def test_a_deletion_received_after_the_last_change_stands_wherever_it_comes_in(
    tellings: list[OrderSnapshot], at: int
) -> None:
    order = folded(*tellings[:at], seen(None), *tellings[at:]).order

    assert order.deleted_at == SEEN_AT


def test_the_news_the_order_stands_at_is_the_last_that_applied() -> None:
    result = folded(LIFE[0], LIFE[2], LIFE[1])

    assert result.current is not None
    assert result.current.row_id == 2
    assert result.standing == {2}
    assert result.verdicts == {1: Verdict.APPLIES, 2: Verdict.APPLIES, 3: Verdict.STALE}


def test_duplicates_stand_beside_the_first_and_are_not_kept_twice() -> None:
    result = folded(LIFE[1], LIFE[1])

    assert result.standing == {1, 2}
    assert len(result.tellings) == 1


def test_old_news_is_kept_although_it_changes_nothing() -> None:
    assert len(folded(LIFE[1], LIFE[0]).tellings) == 2


def test_of_two_tellings_of_one_moment_the_second_waits_for_a_fetch_and_the_first_counts_meanwhile() -> None:
    result = folded(a_snapshot(4995), a_snapshot(3995))

    assert result.wants == TWO_TELLINGS
    assert not waits_for_fetch(result, 1)
    assert waits_for_fetch(result, 2)
    assert result.order.digest == seen(a_snapshot(4995)).digest


def test_newer_news_ends_the_wait() -> None:
    result = folded(a_snapshot(4995), a_snapshot(3995), a_snapshot(2995, minute=1))

    assert result.wants is None
    assert not any(waits_for_fetch(result, row_id) for row_id in (1, 2, 3))


def test_what_a_telling_lacks_is_wanted_as_long_as_it_stands() -> None:
    result = fold(Order("1042"), news(LIFE[3], lacks=LINES), None)
    assert (result.wants, waits_for_fetch(result, 1)) == (LINES, True)

    overtaken = fold(result.order, news(LIFE[5], first_row=2), result.wants)
    assert overtaken.wants is None


def test_a_deletion_is_asked_about() -> None:
    assert fold(Order("1042"), news(seen(None), lacks=IS_IT_GONE), None).wants == IS_IT_GONE


def test_news_that_cannot_be_settled_changes_nothing_and_waits() -> None:
    before = folded(LIFE[1]).order
    unreadable = fold(before, [News(2, None, "a readable date of the order")], None)
    too_early = fold(before, news(a_snapshot(minute=60 * 24 * 13), first_row=2), None)

    assert unreadable.order == too_early.order == before
    assert (unreadable.wants, too_early.wants) == ("a readable date of the order", AHEAD_OF_ITS_TIME)
    assert waits_for_fetch(unreadable, 2)
    assert waits_for_fetch(too_early, 2)
    assert PLACED + timedelta(days=13) > SEEN_AT + timedelta(days=1)
    assert not too_early.tellings


def test_our_own_reading_that_says_the_same_ends_the_wait() -> None:
    held = fold(Order("1042"), [News(1, seen(LIFE[1]), is_certain=True)], TWO_TELLINGS)
    assert held.wants is None

    again = fold(held.order, [News(2, seen(LIFE[1]), is_certain=True)], TWO_TELLINGS)
    assert again.verdicts == {2: Verdict.SAME}
    assert again.wants is None
