"""One run of one system: warm up, post, wait for the last point, add everything up."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import write_requests
from benchmarks.numbers import Times
from benchmarks.place import Place
from benchmarks.processes import ROOT, Memory, Trouble, cpu_us, python
from benchmarks.stream import Posted, stream
from benchmarks.systems import Accepted, Running, System

CONNECTIONS = 16
CLOSED_LOOP = 0.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much is posted in one run."""

    warm_up: int
    events: int
    """In a closed loop: as fast as the answers come."""
    fixed_rate_events: int = 0
    """Then so many at a fixed rate."""
    rate: float = 200.0
    """Events per second."""

    @property
    def total(self) -> int:
        return self.warm_up + self.events + self.fixed_rate_events


@dataclass(frozen=True, slots=True)
class Phase:
    """What one phase of a run showed."""

    events: int
    events_per_s: float
    """From the first post to the last readable point."""
    accepted_per_s: float
    ack: Times
    delay: Times | None
    """From sending to readable points; None: not looked at."""
    cpu_us_per_event: dict[str, float]
    """By part, and `all` of them; the load generator is none of them."""


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one system."""

    closed_loop: Phase
    fixed_rate: Phase | None
    peak_bytes: dict[str, int]
    """Of the largest process of each part."""


def run(system: System, place: Place, seed: int, size: Size) -> Result:
    """Run it once. Raises Trouble (WrongSums among it) when anything is not as it should be."""
    posted = stream(seed, size.total)
    warm_up, closed = posted[: size.warm_up], posted[size.warm_up : size.warm_up + size.events]
    fixed = posted[size.warm_up + size.events :]
    with system.run(place) as running:
        memory = Memory(running.roots)
        with memory.watched():
            so_far = Poster(place.folder, running)
            so_far.post(warm_up, CLOSED_LOOP)
            closed_loop = so_far.post(closed, CLOSED_LOOP)
            fixed_rate = so_far.post(fixed, size.rate) if fixed else None
        running.check(posted)
    return Result(closed_loop, fixed_rate, memory.peak_bytes)


@dataclass(slots=True)
class Poster:
    """Posts phase after phase to one running system."""

    folder: Path
    running: Running
    posted: int = 0
    seen: set[str] = field(default_factory=set)

    def post(self, deliveries: Sequence[Posted], rate: float) -> Phase:
        """Post these, wait until their points can be read, and say how it went."""
        before = cpu_us(self.running.roots)
        sent_ns, answered_ns = self._load([one.request for one in deliveries], rate)
        self.posted += len(deliveries)
        settled_ns = self.running.wait_until_settled(self.posted, max(answered_ns))
        spent = {part: now - before[part] for part, now in cpu_us(self.running.roots).items()}
        delays_ns = self.running.delays_ns(self._first_times(deliveries, sent_ns, answered_ns))
        events = len(deliveries)
        return Phase(
            events=events,
            events_per_s=events / (settled_ns - min(sent_ns)) * 1e9,
            accepted_per_s=events / (max(answered_ns) - min(sent_ns)) * 1e9,
            ack=Times.of_ns([there - here for here, there in zip(sent_ns, answered_ns, strict=True)]),
            delay=Times.of_ns(delays_ns) if delays_ns else None,
            cpu_us_per_event={
                **{part: us / events for part, us in spent.items()},
                "all": sum(spent.values()) / events,
            },
        )

    def _load(self, requests: Sequence[bytes], rate: float) -> tuple[list[int], list[int]]:
        """When each request was sent and answered, by a load generator of its own process."""
        requests_file, result_file = self.folder / "requests", self.folder / "result.json"
        write_requests(requests_file, requests)
        words = (requests_file, result_file, self.running.port, CONNECTIONS, rate)
        generator = subprocess.run(
            python("benchmarks.load", *map(str, words)), cwd=ROOT, capture_output=True, text=True, check=False
        )
        if generator.returncode:
            raise Trouble(f"the load generator stopped: {generator.stderr.strip()}")
        result = json.loads(result_file.read_text())
        return result["sent_ns"], result["answered_ns"]

    def _first_times(
        self, deliveries: Sequence[Posted], sent_ns: Sequence[int], answered_ns: Sequence[int]
    ) -> list[Accepted]:
        """Those that are no repetition of a delivery that was posted before."""
        accepted = []
        for one, sent, answered in zip(deliveries, sent_ns, answered_ns, strict=True):
            if one.delivery_ref not in self.seen:
                self.seen.add(one.delivery_ref)
                accepted.append(Accepted(one, sent, answered))
        return accepted
