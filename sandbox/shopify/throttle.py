"""The points a store's API gives an app: a bucket that queries empty and time refills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class Bucket:
    """Of one app at one store."""

    available: float = 2000.0
    maximum: float = 2000.0
    restore_per_s: float = 100.0
    at: datetime | None = None

    def take(self, cost: float, now: datetime) -> bool:
        """True: the points are taken. False: there are not as many, and nothing is taken."""
        if self.at is not None:
            refilled = self.available + max(0.0, (now - self.at).total_seconds()) * self.restore_per_s
            self.available = min(self.maximum, refilled)
        self.at = now
        if cost > self.available:
            return False
        self.available -= cost
        return True

    def give_back(self, points: float) -> None:
        """The query came cheaper than it was reckoned."""
        self.available = min(self.maximum, self.available + points)

    def extensions(self, requested: float, actual: float | None) -> dict[str, Any]:
        """What an answer says of the cost."""
        status = {
            "maximumAvailable": self.maximum,
            "currentlyAvailable": self.available,
            "restoreRate": self.restore_per_s,
        }
        cost = {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}
        return {"extensions": {"cost": cost}}
