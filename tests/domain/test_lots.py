"""Which points are left of what was earned, and when they end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.lots import (
    Lot,
    LotTerms,
    end_of,
    end_of_day,
    fixed_end,
    idle_before,
    spending_order,
    take_back,
    terms_for,
)
from core.domain.program import Anchor, Expiry, ExpiryKind, Program
from tests.snapshots import PLACED, a_snapshot
from tests.strategies import lots, moments, zones

BERLIN = ZoneInfo("Europe/Berlin")


def a_lot(
    lot_id: int, points: int = 10, order_ref: str | None = "1", *, released: bool = True, expired: int = 0
) -> Lot:
    """A lot of `points` left."""
    return Lot(
        lot_id=lot_id,
        order_ref=order_ref,
        earned_points=points + expired,
        remaining_points=points,
        expired_points=expired,
        is_released=released,
        terms=LotTerms(PLACED + timedelta(days=lot_id)),
    )


def ending(lot: Lot, days: int) -> Lot:
    return replace(lot, terms=replace(lot.terms, expires_at=PLACED + timedelta(days=days)))


def test_points_are_spent_soonest_end_first_endless_last_then_oldest_then_by_number() -> None:
    endless, late, soon = a_lot(1), ending(a_lot(2), 60), ending(a_lot(3), 30)
    soon_too = replace(soon, lot_id=4)
    younger = replace(endless, lot_id=5, terms=LotTerms(PLACED + timedelta(days=9)))

    ordered = spending_order([younger, endless, late, soon_too, soon])

    assert [lot.lot_id for lot in ordered] == [3, 4, 2, 1, 5]


def test_pending_and_empty_lots_are_not_spent() -> None:
    assert spending_order([a_lot(1, released=False), a_lot(2, 0)]) == []


def test_a_revocation_takes_the_orders_own_lots_first_pending_before_released() -> None:
    own_released, own_pending = a_lot(1), a_lot(2, released=False)
    taken = take_back([own_released, own_pending, a_lot(3, order_ref="2")], "1", 15)

    assert [(use.lot.lot_id, use.points) for use in taken.uses] == [(2, 10), (1, 5)]
    assert (taken.pending_points, taken.available_points, taken.debt_points) == (10, 5, 0)


def test_then_what_expired_of_them_which_the_shopper_lost_already() -> None:
    taken = take_back([a_lot(1, 4, expired=6), a_lot(2, order_ref="2")], "1", 10)

    assert [(use.lot.lot_id, use.points) for use in taken.uses] == [(1, 4)]
    assert taken.written_off_points == 6
    assert taken.debt_points == 0


def test_then_the_newest_of_the_members_other_lots_then_debt() -> None:
    others = [a_lot(2, 10, "2"), a_lot(3, 10, None), a_lot(4, 10, "4", released=False)]
    taken = take_back([a_lot(1, 5), *others], "1", 30)

    assert [(use.lot.lot_id, use.points) for use in taken.uses] == [(1, 5), (3, 10), (2, 10)]
    assert taken.debt_points == 5


def test_other_orders_pending_and_expired_points_pay_nothing() -> None:
    taken = take_back([a_lot(2, 10, "2", released=False), a_lot(3, 0, "3", expired=9)], "1", 7)

    assert (taken.uses, taken.written_off, taken.debt_points) == ((), (), 7)


@given(lots(), st.integers(0, 600))
def test_whatever_is_revoked_comes_from_somewhere_and_no_lot_gives_more_than_it_holds(
    held: list[Lot], points: int
) -> None:
    taken = take_back(held, "1", points)

    parts = (taken.pending_points, taken.available_points, taken.written_off_points, taken.debt_points)
    assert sum(parts) == points
    assert min(parts) >= 0
    drawn: Counter[int] = Counter()
    for use in taken.uses:
        drawn[use.lot.lot_id] += use.points
    assert all(drawn[lot.lot_id] <= lot.remaining_points for lot in held)
    assert all(use.points <= use.lot.expired_points for use in taken.written_off)
    assert all(use.lot.order_ref == "1" for use in taken.written_off)
    if taken.debt_points:
        assert sum(lot.remaining_points for lot in held if lot.is_released) == taken.available_points


def test_points_become_available_the_pending_days_after_payment() -> None:
    order = a_snapshot(paid_at=PLACED + timedelta(hours=5))

    assert terms_for(order, Program((), pending_days=14), BERLIN) == LotTerms(
        PLACED + timedelta(days=14, hours=5)
    )


def test_an_order_that_tells_no_payment_date_counts_from_when_it_was_placed() -> None:
    assert terms_for(
        a_snapshot(paid_at=None), Program((), pending_days=2), BERLIN
    ).available_at == PLACED + timedelta(2)


def test_points_anchored_at_completion_wait_for_it() -> None:
    program = Program(
        (), pending_days=3, pending_anchor=Anchor.COMPLETED, expiry=Expiry(ExpiryKind.FIXED, 10)
    )

    waiting = terms_for(a_snapshot(completed_at=None), program, BERLIN)
    assert (waiting.available_at, waiting.expires_at) == (None, None)
    completed = terms_for(a_snapshot(completed_at=PLACED + timedelta(days=1)), program, BERLIN)
    assert completed.available_at == PLACED + timedelta(days=4)


def test_fixed_expiry_is_the_end_of_a_day_in_the_stores_zone() -> None:
    program = Program((), pending_days=0, expiry=Expiry(ExpiryKind.FIXED, 30))
    order = a_snapshot(paid_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))

    # In Berlin it is half past midnight of the 21st, so the last day is 21 December.
    assert terms_for(order, program, BERLIN).expires_at == datetime(2026, 12, 21, 23, tzinfo=UTC)
    assert terms_for(order, program, ZoneInfo("UTC")).expires_at == datetime(2026, 12, 21, tzinfo=UTC)


def test_rolling_points_carry_their_days_and_no_end() -> None:
    program = Program((), pending_days=0, expiry=Expiry(ExpiryKind.ROLLING, 90))

    terms = terms_for(a_snapshot(), program, BERLIN)
    assert (terms.expires_at, terms.rolling_days) == (None, 90)


def test_a_rolling_end_is_counted_from_the_last_activity() -> None:
    rolling = LotTerms(PLACED, rolling_days=1)

    assert end_of(rolling, PLACED, BERLIN) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert end_of(rolling, PLACED + timedelta(days=5), BERLIN) == datetime(2026, 11, 26, 23, tzinfo=UTC)


def test_points_long_pending_roll_from_when_they_could_be_spent() -> None:
    rolling = LotTerms(PLACED + timedelta(days=60), rolling_days=30)

    assert end_of(rolling, PLACED, BERLIN) == end_of_day(date(2027, 2, 18), BERLIN)


def test_other_points_end_when_their_terms_say_whatever_the_member_does() -> None:
    assert end_of(LotTerms(PLACED), PLACED, BERLIN) is None
    assert end_of(LotTerms(PLACED, PLACED), PLACED + timedelta(days=9), BERLIN) == PLACED


@given(moments, moments, st.integers(1, 3650), zones)
def test_who_has_been_idle_for_too_long_is_known_without_looking_at_each(
    now: datetime, active_at: datetime, days: int, zone: str
) -> None:
    local = ZoneInfo(zone)
    ends_at = end_of(LotTerms(active_at, rolling_days=days), active_at, local)

    assert ends_at is not None
    assert (ends_at <= now) == (active_at < idle_before(now, days, local))


def test_nothing_ends_before_it_can_be_spent() -> None:
    assert fixed_end(None, 30, BERLIN) is None


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("UTC", date(2026, 12, 31), "2027-01-01T00:00:00+00:00"),
        # The clocks go forward and back in the night that follows, or on the day itself.
        ("Europe/Berlin", date(2026, 3, 28), "2026-03-28T23:00:00+00:00"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T22:00:00+00:00"),
        ("Europe/Berlin", date(2026, 10, 24), "2026-10-24T22:00:00+00:00"),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-25T23:00:00+00:00"),
        ("America/New_York", date(2026, 11, 1), "2026-11-02T05:00:00+00:00"),
        # Midnight does not exist: the 24th of April begins at one o'clock.
        ("Africa/Cairo", date(2026, 4, 23), "2026-04-23T22:00:00+00:00"),
        # The hour before midnight comes twice; the day is over after the second.
        ("Africa/Cairo", date(2026, 10, 29), "2026-10-29T22:00:00+00:00"),
        # The hour after midnight comes twice; the day is over before the first.
        ("America/Havana", date(2026, 10, 31), "2026-11-01T04:00:00+00:00"),
        # A day that was left out altogether.
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-30T10:00:00+00:00"),
        ("Asia/Kolkata", date(2026, 1, 1), "2026-01-01T18:30:00+00:00"),
    ],
)
def test_the_end_of_a_day_is_right_in_the_nights_clocks_change(zone: str, day: date, end: str) -> None:
    assert end_of_day(day, ZoneInfo(zone)) == datetime.fromisoformat(end)


@given(st.dates(date(1990, 1, 1), date(2037, 12, 30)), zones)
def test_the_day_is_not_over_a_second_before_its_end_and_over_at_it(day: date, zone: str) -> None:
    local = ZoneInfo(zone)
    end = end_of_day(day, local)

    assert (end - timedelta(seconds=1)).astimezone(local).date() <= day
    assert end.astimezone(local).date() > day
    assert end.tzinfo is UTC


@given(st.dates(date(1990, 1, 1), date(2037, 12, 30)), zones)
def test_days_end_one_after_the_other(day: date, zone: str) -> None:
    assert end_of_day(day, ZoneInfo(zone)) <= end_of_day(day + timedelta(days=1), ZoneInfo(zone))
