"""Which telling of an order counts, and what must be posted for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.orders import OrderSnapshot
from core.domain.settlement import (
    Order,
    Posting,
    Seen,
    Source,
    Verdict,
    is_ahead_of_its_time,
    posted,
    postings,
    take_in,
    weigh,
)
from tests.snapshots import ANA, FINN, SEEN_AT, a_snapshot, by_amount, seen

PAID = a_snapshot()
REFUNDED = a_snapshot(refunds=(by_amount(1000),))
COMPLETED = a_snapshot(status="completed", status_rank=6)
EDITED = a_snapshot(3995)
LATER = a_snapshot(minute=5)
GONE = seen(None)
A_MINUTE = timedelta(minutes=1)


def after(*tellings: Seen) -> Order:
    """The order after these were told and applied."""
    order = Order("1042")
    for telling in tellings:
        assert weigh(order, telling) is Verdict.APPLIES
        order = take_in(order, telling)
    return order


def fetched(snapshot: OrderSnapshot, minutes_later: int = 0) -> Seen:
    return seen(snapshot, source=Source.FETCHED, observed_at=SEEN_AT + minutes_later * A_MINUTE)


def restored(snapshot: OrderSnapshot) -> Seen:
    return seen(snapshot, source=Source.RESTORED)


@pytest.mark.parametrize(
    ("held", "told", "verdict"),
    [
        (PAID, LATER, Verdict.APPLIES),
        (LATER, PAID, Verdict.STALE),
        (PAID, PAID, Verdict.SAME),
        # Within one second the larger refund is the later state, then the later status.
        (PAID, REFUNDED, Verdict.APPLIES),
        (REFUNDED, PAID, Verdict.STALE),
        (PAID, COMPLETED, Verdict.APPLIES),
        (COMPLETED, PAID, Verdict.STALE),
        (COMPLETED, REFUNDED, Verdict.APPLIES),
        # Nothing tells which of these was later.
        (PAID, EDITED, Verdict.CONFLICT),
        (EDITED, PAID, Verdict.CONFLICT),
    ],
)
def test_the_newest_telling_counts(held: OrderSnapshot, told: OrderSnapshot, verdict: Verdict) -> None:
    assert weigh(after(seen(held)), seen(told)) is verdict


@pytest.mark.parametrize(
    ("held", "told", "verdict"),
    [
        (seen(PAID), fetched(PAID), Verdict.APPLIES),
        (seen(PAID), fetched(EDITED), Verdict.APPLIES),
        (fetched(EDITED), seen(PAID), Verdict.STALE),
        (fetched(PAID), seen(REFUNDED), Verdict.STALE),
        (fetched(PAID), seen(LATER), Verdict.APPLIES),
        (fetched(PAID), seen(PAID), Verdict.SAME),
        (seen(LATER), fetched(PAID, 9), Verdict.STALE),
        # A refund deleted in the store leaves the order's date as it was.
        (fetched(REFUNDED), fetched(PAID, 1), Verdict.APPLIES),
        (fetched(PAID, 1), fetched(REFUNDED), Verdict.STALE),
        (fetched(PAID), fetched(PAID, 1), Verdict.SAME),
    ],
)
def test_what_we_read_ourselves_beats_what_was_told(held: Seen, told: Seen, verdict: Verdict) -> None:
    assert weigh(after(held), told) is verdict


def test_a_deletion_beats_all_that_was_modified_before_it_was_received() -> None:
    order = after(seen(PAID), GONE)

    assert order.deleted_at == SEEN_AT
    assert weigh(order, seen(PAID)) is Verdict.STALE
    assert weigh(order, seen(LATER)) is Verdict.STALE
    assert weigh(order, GONE) is Verdict.SAME
    assert weigh(order, replace(GONE, observed_at=SEEN_AT + A_MINUTE)) is Verdict.APPLIES


def test_a_deleted_order_comes_back_by_restoring_by_newer_news_or_by_our_own_reading() -> None:
    order = after(seen(PAID), GONE)
    newer = replace(PAID, modified_at=SEEN_AT + A_MINUTE)

    for telling in (restored(PAID), seen(newer), fetched(PAID), fetched(PAID, 1)):
        assert weigh(order, telling) is Verdict.APPLIES
        assert take_in(order, telling).deleted_at is None
    assert weigh(order, fetched(PAID, -1)) is Verdict.STALE


def test_with_a_clock_ahead_of_ours_what_was_told_before_a_deletion_does_not_undo_it() -> None:
    ahead = replace(PAID, modified_at=SEEN_AT + 5 * A_MINUTE)
    order = after(seen(ahead), GONE)

    assert weigh(order, seen(ahead)) is Verdict.STALE
    assert weigh(order, seen(replace(ahead, modified_at=SEEN_AT + 6 * A_MINUTE))) is Verdict.APPLIES


def test_a_deletion_may_come_before_anything_else() -> None:
    order = after(GONE)

    assert order.version is None
    assert weigh(order, seen(PAID)) is Verdict.STALE
    assert weigh(order, restored(PAID)) is Verdict.APPLIES


def test_only_a_date_more_than_a_day_ahead_is_ahead_of_its_time() -> None:
    assert not is_ahead_of_its_time(seen(replace(PAID, modified_at=SEEN_AT + timedelta(hours=24))))
    assert is_ahead_of_its_time(seen(replace(PAID, modified_at=SEEN_AT + timedelta(hours=24, seconds=1))))
    assert not is_ahead_of_its_time(GONE)


HELD = Order("1042", member_id=ANA, posted_points=49, settlement_count=1)


@pytest.mark.parametrize(
    ("order", "member_id", "target", "expected"),
    [
        (Order("1042"), ANA, 49, [Posting(ANA, 49, 1)]),
        (Order("1042"), ANA, 0, []),
        (Order("1042"), None, 49, []),
        (HELD, ANA, 49, []),
        (HELD, ANA, 39, [Posting(ANA, -10, 2)]),
        (HELD, ANA, 60, [Posting(ANA, 11, 2)]),
        (HELD, ANA, 0, [Posting(ANA, -49, 2)]),
        (HELD, FINN, 49, [Posting(ANA, -49, 2), Posting(FINN, 49, 3)]),
        (HELD, FINN, 0, [Posting(ANA, -49, 2)]),
        (HELD, None, 49, [Posting(ANA, -49, 2)]),
        (replace(HELD, posted_points=0), FINN, 49, [Posting(FINN, 49, 2)]),
    ],
)
def test_what_is_posted_is_what_is_missing(
    order: Order, member_id: int | None, target: int, expected: list[Posting]
) -> None:
    assert list(postings(order, member_id, target)) == expected


@given(st.lists(st.tuples(st.sampled_from([None, ANA, FINN]), st.integers(0, 100)), max_size=8))
def test_postings_always_add_up_to_the_target_for_its_member_and_to_nothing_for_others(
    states: list[tuple[int | None, int]],
) -> None:
    order, sums, numbers = Order("1042"), {ANA: 0, FINN: 0}, []
    for member_id, target in states:
        due = postings(order, member_id, target)
        for posting in due:
            sums[posting.member_id] += posting.points
            numbers.append(posting.number)
        order = posted(order, member_id, target, len(due))
        assert sums == {member: target if member == member_id else 0 for member in (ANA, FINN)}
    assert numbers == list(range(1, len(numbers) + 1))
