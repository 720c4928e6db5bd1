"""How many of a store's paid orders are settled here, day by day, and which are not."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

KEPT_MOST: Final = 200
"""So many of the missing orders are written down by number."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An order that does not stand here as it stands in the store."""

    order_ref: str
    number: str
    ordered_at: datetime
    why: str


@dataclass(slots=True)
class Day:
    """One day's orders, by when they were placed, in the store's zone."""

    paid: int = 0
    """At the store."""
    settled: int = 0
    """Of those, here as they are there."""


@dataclass(slots=True)
class Completeness:
    """What a comparison came to."""

    days: dict[date, Day] = field(default_factory=lambda: defaultdict(Day))
    missing: list[Missing] = field(default_factory=list)
    unclear: int = 0
    """Orders with points that are in a state that says nothing to us; they keep what they had."""
    on_their_way: int = 0
    """Orders modified in the last minutes that are not here yet: not counted anywhere else."""
    from_before: int = 0
    """Paid orders placed before the store was connected that nobody took in: not counted anywhere else."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def written(found: Completeness) -> str:
    """A comparison as JSON, for `read_completeness`. Of the missing, the first KEPT_MOST."""
    return json.dumps(
        {
            "days": {day.isoformat(): [one.paid, one.settled] for day, one in sorted(found.days.items())},
            "missing": [
                [one.order_ref, one.number, one.ordered_at.isoformat(), one.why]
                for one in found.missing[:KEPT_MOST]
            ],
            "unclear": found.unclear,
            "on_their_way": found.on_their_way,
            "from_before": found.from_before,
        }
    )


def read_completeness(text: str) -> Completeness:
    """What `written` wrote."""
    told = json.loads(text)
    return Completeness(
        days={date.fromisoformat(day): Day(*counts) for day, counts in told["days"].items()},
        missing=[
            Missing(order_ref, number, datetime.fromisoformat(ordered_at), why)
            for order_ref, number, ordered_at, why in told["missing"]
        ],
        unclear=told["unclear"],
        on_their_way=told["on_their_way"],
        from_before=told["from_before"],
    )
