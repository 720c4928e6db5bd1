"""The few statistics the benchmarks speak in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """A quantity over all rounds."""

    median: float
    min: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed; 0.0 of none."""
    if not values:
        return 0.0
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, over many times."""

    p50_ms: float
    p99_ms: float

    @classmethod
    def of_ns(cls, spans_ns: Sequence[int]) -> Times:
        return cls(percentile(spans_ns, 0.50) / 1e6, percentile(spans_ns, 0.99) / 1e6)
