"""From an accepted webhook to readable points: `python -m benchmarks.pipeline [--json] [--rounds 5] …`.

Round by round, one after the other: Regulars, the naive pipeline with RQ's forking worker, the same with its
simple worker, and a view that does nothing. Real processes, durable databases, the load generator on the
same cores. After every run all sums are checked; one wrong sum and the whole benchmark fails.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import click
from rich.progress import Progress

from benchmarks.machine import machine, versions
from benchmarks.pipeline_report import print_report
from benchmarks.place import Place, place
from benchmarks.processes import Trouble
from benchmarks.progress import progress
from benchmarks.runs import Result, Size, run
from benchmarks.stream import STORES
from benchmarks.summary import summary
from benchmarks.systems import EMPTY, NAIVE, REGULARS, SIMPLE
from core.config.clock import utc_now

SYSTEMS = (REGULARS, NAIVE, SIMPLE, EMPTY)
KINDS = ("postgresql", "sqlite")
QUICK_EVENTS = 300
FIXED_RATE_S = 5


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--events", default=8000, show_default=True, type=click.IntRange(100, 1_000_000))
@click.option(
    "--rate", default=100, show_default=True, type=click.IntRange(1, 10_000), help="Events/s, fixed."
)
@click.option("--database", type=click.Choice([*KINDS, "both"]), default="both", show_default=True)
@click.option("--quick", is_flag=True, help="One short round: shows that all of it works, measures little.")
def main(*, as_json: bool, rounds: int, events: int, rate: int, database: str, quick: bool) -> None:
    """Measure the pipeline against a naive one and an empty view."""
    kinds = KINDS if database == "both" else (database,)
    if quick:
        rounds, events = 1, min(events, QUICK_EVENTS)
    try:
        document = measure(kinds, rounds, sizes(events, rate))
    except Trouble as trouble:
        raise click.ClickException(str(trouble)) from trouble
    if as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        print_report(document)


def sizes(events: int, rate: int) -> dict[str, Size]:
    """How much each system is given. The naive ones get less: they are slow, and only their rate counts."""
    full = Size(min(200, events), events, min(events, rate * FIXED_RATE_S), rate)
    return {
        REGULARS.name: full,
        NAIVE.name: Size(5, max(10, events // 80)),
        SIMPLE.name: Size(10, max(20, events // 16)),
        EMPTY.name: full,
    }


def measure(kinds: Sequence[str], rounds: int, given: dict[str, Size]) -> dict[str, object]:
    """All rounds on all kinds of databases, as one document. Raises Trouble."""
    databases, found_versions = {}, {}
    before = machine()
    with progress(len(kinds) * rounds * len(SYSTEMS)) as bar:
        for kind in kinds:
            with place(kind, STORES) as here:
                found_versions[kind] = here.bed.version()
                results = [_round(here, number, given, bar) for number in range(rounds)]
            databases[kind] = summary(results)
    first = databases[kinds[0]]
    return {
        "benchmark": "pipeline",
        "taken_at": utc_now().isoformat(timespec="seconds"),
        "machine": before,
        "versions": versions(found_versions),
        "rounds": rounds,
        **{name: value for name, value in first.items() if name.startswith("ratio_")},
        "ratios_are_of": kinds[0],
        "databases": databases,
    }


def _round(here: Place, number: int, given: dict[str, Size], bar: Progress) -> dict[str, Result]:
    """Every system once, each round beginning with another one."""
    start = number % len(SYSTEMS)
    results = {}
    for system in SYSTEMS[start:] + SYSTEMS[:start]:
        bar.update(bar.task_ids[0], description=f"{here.bed.kind}, round {number + 1}: {system.title}")
        result = run(system, here, seed=number, size=given[system.name])
        results[system.name] = result
        bar.console.print(
            f"{here.bed.kind:<10}  round {number + 1}  {system.title:<22}"
            f"{result.closed_loop.events_per_s:>8,.0f} events/s",
            highlight=False,
        )
        bar.advance(bar.task_ids[0])
    return results


if __name__ == "__main__":
    main()
