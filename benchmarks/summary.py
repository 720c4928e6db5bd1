"""Many rounds as one document: each quantity with its median and range, and how the systems compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from benchmarks.numbers import Spread
from benchmarks.runs import Phase, Result

Rounds = Sequence[Mapping[str, Result]]
"""For each round one result per system, by its name."""


def summary(rounds: Rounds) -> dict[str, object]:
    """The ratios, every system over all rounds, and the rounds themselves."""
    return {
        "ratio_to_naive": _ratio(rounds, "naive", lambda phase: phase.events_per_s),
        "ratio_to_simple": _ratio(rounds, "simple", lambda phase: phase.events_per_s),
        "ratio_to_empty_view": {
            "ack_p99": _ratio(rounds, "empty_view", lambda phase: phase.ack.p99_ms),
            "ack_p99_at_fixed_rate": _fixed_rate_ratio(rounds, "empty_view", lambda phase: phase.ack.p99_ms),
            "accepted_per_s": _ratio(rounds, "empty_view", lambda phase: phase.accepted_per_s),
        },
        "systems": {name: _system([results[name] for results in rounds]) for name in rounds[0]},
        "rounds": [{name: asdict(result) for name, result in results.items()} for results in rounds],
    }


Quantity = Callable[[Phase], float]


def _ratio(rounds: Rounds, other: str, quantity: Quantity) -> dict[str, float]:
    """Regulars over another system in the closed loop, round by round."""
    pairs = [(results["regulars"].closed_loop, results[other].closed_loop) for results in rounds]
    return _spread([quantity(ours) / quantity(theirs) for ours, theirs in pairs])


def _fixed_rate_ratio(rounds: Rounds, other: str, quantity: Quantity) -> dict[str, float]:
    return _spread(
        [
            quantity(ours) / quantity(theirs)
            for results in rounds
            if (ours := results["regulars"].fixed_rate) and (theirs := results[other].fixed_rate)
        ]
    )


def _system(results: Sequence[Result]) -> dict[str, object]:
    fixed = [result.fixed_rate for result in results if result.fixed_rate]
    parts = results[0].peak_bytes
    return {
        "closed_loop": _phase([result.closed_loop for result in results]),
        **({"fixed_rate": _phase(fixed)} if fixed else {}),
        "peak_mib": {
            part: round(max(result.peak_bytes[part] for result in results) / 1024**2, 1) for part in parts
        },
    }


def _phase(phases: Sequence[Phase]) -> dict[str, object]:
    quantities: dict[str, Quantity] = {
        "events_per_s": lambda phase: phase.events_per_s,
        "accepted_per_s": lambda phase: phase.accepted_per_s,
        "ack_p50_ms": lambda phase: phase.ack.p50_ms,
        "ack_p99_ms": lambda phase: phase.ack.p99_ms,
    }
    delays = [phase.delay for phase in phases if phase.delay]
    cpu = {
        part: _spread([phase.cpu_us_per_event[part] for phase in phases])
        for part in phases[0].cpu_us_per_event
    }
    return {
        "events": phases[0].events,
        **{name: _spread([quantity(phase) for phase in phases]) for name, quantity in quantities.items()},
        "delay_p50_ms": _spread([delay.p50_ms for delay in delays]) if delays else None,
        "delay_p99_ms": _spread([delay.p99_ms for delay in delays]) if delays else None,
        "cpu_us_per_event": cpu,
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(Spread.of(values)).items()}
