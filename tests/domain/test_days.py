"""What a day brought, added up from entries; weeks; what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from core.domain.days import DaySum, added_up, monday_of, together, usual_day, weeks_until

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = date(2026, 12, 1)


@dataclass
class Entry:
    kind: str
    key: str
    points: int
    at: datetime = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_each_kind_of_entry_is_counted_where_it_belongs() -> None:
    entries = [
        Entry("earn", "order:1:1", 49),
        Entry("earn", "order:1:2", 5),
        Entry("earn", "order:2:1", 10),
        Entry("revoke", "order:1:3", -16),
        Entry("restore", "order:1:3:expired", 4),
        Entry("redeem", "redemption:1:1", -30),
        Entry("restore", "redemption:1:2", 30),
        Entry("redeem", "redemption:1:3", -30),
        Entry("expire", "expire:lot:1", -3),
        Entry("adjust", "adjust:1", 7),
    ]
    assert added_up(entries, BERLIN) == {TUESDAY: DaySum(2, 64, 16, 60, 30, 1)}


def test_a_day_is_one_of_the_stores_clock() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    entries = [Entry("earn", "order:1:1", 1, late)]
    assert list(added_up(entries, BERLIN)) == [TUESDAY]
    assert list(added_up(entries, ZoneInfo("UTC"))) == [date(2026, 11, 30)]


def test_days_of_two_sources_are_put_together() -> None:
    one, other = {TUESDAY: DaySum(orders=1)}, {TUESDAY: DaySum(orders=2), date(2026, 12, 2): DaySum(codes=1)}
    assert together(one, other) == {TUESDAY: DaySum(orders=3), date(2026, 12, 2): DaySum(codes=1)}


def test_weeks_begin_on_monday_and_end_with_the_present_one() -> None:
    days = {
        date(2026, 11, 29): DaySum(orders=1),
        date(2026, 11, 30): DaySum(orders=2),
        TUESDAY: DaySum(orders=4),
    }
    weeks = weeks_until(days, TUESDAY, 2)
    assert [(week.monday, week.number, week.sums.orders) for week in weeks] == [
        (date(2026, 11, 23), 48, 1),
        (date(2026, 11, 30), 49, 6),
    ]
    assert monday_of(date(2026, 11, 29)) == date(2026, 11, 23)


def test_what_is_usual_is_the_average_of_the_last_four_such_days() -> None:
    days = {date(2026, 11, day): DaySum(orders=number) for day, number in ((24, 4), (17, 8), (10, 0), (3, 6))}
    days[date(2026, 11, 25)] = DaySum(orders=1000)
    usual = usual_day(days, date(2026, 11, 3), TUESDAY)
    assert usual is not None
    assert usual.orders == 4


def test_nothing_is_usual_before_four_weeks_are_known() -> None:
    assert usual_day({}, date(2026, 11, 4), TUESDAY) is None
    assert usual_day({}, None, TUESDAY) is None
