"""Members who are excluded: what they order meanwhile is worth nothing, for ever.

The order's own time decides, never when it was told: so an order placed before keeps its worth, and one
placed meanwhile earns nothing later either, however often and in whatever order it is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

AHEAD_MOST: Final = timedelta(hours=1)
"""So far a store's clock may be ahead of ours. An order dated later is no sign of what time it is."""
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Excluded:
    """One time during which a member was, or is, excluded."""

    began_at: datetime
    ended_at: datetime | None
    """None: it has not ended."""

    def holds(self, at: datetime) -> bool:
        """Whether it covers this moment; its beginning does, its end does not."""
        return self.began_at <= at and (self.ended_at is None or at < self.ended_at)


def excluded_at(times: Iterable[Excluded], at: datetime) -> Excluded | None:
    """The time that covers this moment; None: the member was not excluded then."""
    return next((one for one in times if one.holds(at)), None)


def boundary(now: datetime, latest_order_at: datetime | None) -> datetime:
    """When an exclusion begins or ends that is asked for now: behind what was settled as it held so far.

    `latest_order_at`: when the last of the member's orders was placed, those behind `now` + AHEAD_MOST aside.
    A store's clock may be ahead of ours; an order that is settled already must not change sides by it.
    """
    return now if latest_order_at is None else max(now, latest_order_at + _TICK)
