"""What a day brought a store, added up from the entries of its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Protocol

from core.domain.ledger import EntryKind

WEEKS_TO_COMPARE: Final = 4
"""So many of the same day of the week say what is usual."""

_OF_ORDERS: Final = "order:"
_OF_REDEMPTIONS: Final = "redemption:"
_FIRST: Final = ":1"


class Booked(Protocol):
    """What is looked at of an entry."""

    kind: str
    key: str
    points: int
    at: datetime


@dataclass(slots=True)
class DaySum:
    """One day, or several together. All points are counted from 0 upwards."""

    orders: int = 0
    """That earned for the first time."""
    earned_points: int = 0
    revoked_points: int = 0
    spent_points: int = 0
    returned_points: int = 0
    """Spent points that came back, whenever they were spent."""
    codes: int = 0
    """Asked for."""

    def add(self, entry: Booked) -> None:
        """One entry more."""
        match entry.kind:
            case EntryKind.EARN:
                self.earned_points += entry.points
                self.orders += entry.key.startswith(_OF_ORDERS) and entry.key.endswith(_FIRST)
            case EntryKind.REVOKE:
                self.revoked_points -= entry.points
            case EntryKind.REDEEM:
                self.spent_points -= entry.points
                self.codes += entry.key.endswith(_FIRST)
            case EntryKind.RESTORE if entry.key.startswith(_OF_REDEMPTIONS):
                self.returned_points += entry.points

    def plus(self, other: DaySum) -> DaySum:
        """Both together."""
        return DaySum(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(DaySum)}
        )


def added_up(entries: Iterable[Booked], zone: tzinfo) -> dict[date, DaySum]:
    """The days these entries are of, by the clock of `zone`; days that nothing happened on are left out."""
    days: dict[date, DaySum] = {}
    for entry in entries:
        days.setdefault(entry.at.astimezone(zone).date(), DaySum()).add(entry)
    return days


def together(one: Mapping[date, DaySum], other: Mapping[date, DaySum]) -> dict[date, DaySum]:
    """The days of both."""
    return {
        day: one.get(day, DaySum()).plus(other.get(day, DaySum()))
        for day in sorted(one.keys() | other.keys())
    }


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Week:
    """A week, from Monday on."""

    monday: date
    sums: DaySum

    @property
    def number(self) -> int:
        """As calendars number it (ISO 8601)."""
        return self.monday.isocalendar().week


def weeks_until(days: Mapping[date, DaySum], today: date, count: int) -> tuple[Week, ...]:
    """The last weeks, the present one at the end."""
    mondays = [monday_of(today) - timedelta(weeks=back) for back in reversed(range(count))]
    weeks = {monday: DaySum() for monday in mondays}
    for day, sums in days.items():
        if (monday := monday_of(day)) in weeks:
            weeks[monday] = weeks[monday].plus(sums)
    return tuple(Week(monday, sums) for monday, sums in weeks.items())


def usual_day(days: Mapping[date, DaySum], first: date | None, today: date) -> DaySum | None:
    """What the same day of the week brought on average of the last four; None: there were not as many.

    `first`: the day of the store's first entry.
    """
    like = [today - timedelta(weeks=back) for back in range(1, WEEKS_TO_COMPARE + 1)]
    if first is None or first > like[-1]:
        return None
    total = DaySum()
    for day in like:
        total = total.plus(days.get(day, DaySum()))
    return DaySum(**{one.name: getattr(total, one.name) // len(like) for one in fields(DaySum)})
