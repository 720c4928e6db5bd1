"""What a member's history costs: `python -m benchmarks.history [--json] [--rounds 7] [--database …]`.

Members with 0, 1,000 and 20,000 entries in one store; an award, refunds and a balance read for each of them
in turn, round by round. Flat means: the ratio to the empty history is about 1.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median

import click

from benchmarks.histories import EACH_POINTS, OPERATIONS, ORDER_POINTS, Histories, Sample, histories
from benchmarks.history_report import print_report
from benchmarks.machine import machine, versions
from benchmarks.numbers import Spread
from benchmarks.place import Place, place
from benchmarks.processes import Trouble
from benchmarks.progress import progress
from core.config.clock import utc_now
from core.config.logs import configure_logs

KINDS = ("postgresql", "sqlite")
LENGTHS = "0,1000,20000"
WARM_UP = 3

Round = Mapping[int, Mapping[str, float]]
"""By length of history the median milliseconds of each operation."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(1, 100))
@click.option("--times", default=15, show_default=True, type=click.IntRange(1, 1000), help="In each round.")
@click.option("--entries", default=LENGTHS, show_default=True, help="Lengths of history; the first is 0.")
@click.option("--database", type=click.Choice([*KINDS, "both"]), default="both", show_default=True)
def main(*, as_json: bool, rounds: int, times: int, entries: str, database: str) -> None:
    """Measure awards, refunds and balance reads against the length of a member's history."""
    configure_logs("bench", least=logging.WARNING)
    kinds = KINDS if database == "both" else (database,)
    try:
        document = measure(kinds, rounds, times, _lengths(entries))
    except Trouble as trouble:
        raise click.ClickException(str(trouble)) from trouble
    if as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        print_report(document)


def _lengths(text: str) -> tuple[int, ...]:
    words = text.split(",")
    if not all(word.isdigit() for word in words) or int(words[0]) or len({*words}) < len(words):
        raise click.UsageError(f"--entries are different numbers, the first of them 0, such as {LENGTHS}.")
    return tuple(map(int, words))


def measure(kinds: Sequence[str], rounds: int, times: int, lengths: Sequence[int]) -> dict[str, object]:
    """All rounds on all kinds of databases, as one document. Raises Trouble."""
    if any(length * EACH_POINTS < (WARM_UP + rounds * times) * ORDER_POINTS for length in lengths[1:]):
        raise Trouble("a history is too short: it has to hold the points of all refunds of spent ones")
    databases, found_versions = {}, {}
    before = machine()
    for kind in kinds:
        with place(kind, 1) as here:
            found_versions[kind] = here.bed.version()
            databases[kind] = _measure(here, rounds, times, lengths)
    return {
        "benchmark": "history",
        "taken_at": utc_now().isoformat(timespec="seconds"),
        "machine": before,
        "versions": versions(found_versions),
        "rounds": rounds,
        "times": times,
        "entries": list(lengths),
        "databases": databases,
    }


def _measure(here: Place, rounds: int, times: int, lengths: Sequence[int]) -> dict[str, object]:
    with progress(rounds) as bar:
        bar.update(bar.task_ids[0], description=f"{here.bed.kind}: writing histories")
        with histories(here, lengths) as made:
            for length in lengths:
                made.sample(length, WARM_UP)
            taken = []
            for number in range(rounds):
                bar.update(bar.task_ids[0], description=f"{here.bed.kind}, round {number + 1}")
                taken.append(_round(made, number, times))
                bar.advance(bar.task_ids[0])
            points = made.check()
    return {"operations": {name: _operation(taken, name) for name in OPERATIONS}, "points": points}


def _round(made: Histories, number: int, times: int) -> Round:
    """Every history in turn, time by time; each round begins with another one."""
    start = number % len(made.lengths)
    order = [*made.lengths[start:], *made.lengths[:start]]
    spans: dict[int, list[Sample]] = {length: [] for length in made.lengths}
    for _ in range(times):
        for length in order:
            spans[length].append(made.sample(length, 1))
    return {
        length: {name: median(one[name][0] for one in samples) / 1e6 for name in OPERATIONS}
        for length, samples in spans.items()
    }


def _operation(rounds: Sequence[Round], name: str) -> dict[str, object]:
    """One operation over all rounds: milliseconds by length of history, and how they compare."""
    return {
        str(length): {
            "ms": _spread([one[length][name] for one in rounds]),
            "ratio_to_empty": _spread([one[length][name] / one[0][name] for one in rounds]),
        }
        for length in rounds[0]
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(Spread.of(values)).items()}


if __name__ == "__main__":
    main()
