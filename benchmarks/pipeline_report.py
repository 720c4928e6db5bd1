"""The pipeline's document as tables a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

TITLES = {
    "regulars": "Regulars",
    "naive": "naive, forking Worker",
    "simple": "naive, SimpleWorker",
    "empty_view": "empty view",
}
PARTS = ("web", "worker", "beat", "database", "queue")


def print_report(document: Mapping[str, Any]) -> None:
    """Everything worth reading at a glance; the rest is in the JSON."""
    console = Console(highlight=False, markup=False, width=None if Console().is_terminal else 120)
    for kind, found in document["databases"].items():
        console.print(f"\n{kind} {document['versions'][kind]}, {document['rounds']} rounds", style="bold")
        console.print(_rates(found["systems"]))
        console.print(_costs(found["systems"]))
        for sentence in _comparison(found):
            console.print(f"  {sentence}")
    here = document["machine"]
    console.print(
        f"\n{document['taken_at']}, {here['cores']} cores ({here['processor']}), "
        f"load before {here['load_average'][0]}, commit {document['versions']['regulars']}. "
        "Medians over the rounds [lowest – highest]. All sums were right.\n"
    )


def _rates(systems: Mapping[str, Any]) -> Table:
    table = _table("", "events/s", "accepted/s", "ack p50 / p99 ms", "delay p50 / p99 ms")
    for name, title in TITLES.items():
        for phase, said in (("closed_loop", ""), ("fixed_rate", ", fixed rate")):
            if found := systems[name].get(phase):
                table.add_row(
                    title + said,
                    "–" if name == "empty_view" else _spread(found["events_per_s"]),
                    _spread(found["accepted_per_s"]),
                    _pair(found, "ack"),
                    _pair(found, "delay"),
                )
    return table


def _costs(systems: Mapping[str, Any]) -> Table:
    table = _table("processor time per event, µs", *PARTS, "all", "largest process, MiB")
    for name, title in TITLES.items():
        for phase, said in (("closed_loop", ""), ("fixed_rate", ", fixed rate")):
            if found := systems[name].get(phase):
                cpu = found["cpu_us_per_event"]
                peaks = systems[name]["peak_mib"]
                table.add_row(
                    title + said,
                    *(f"{cpu[part]['median']:,.0f}" if part in cpu else "–" for part in PARTS),
                    _spread(cpu["all"]),
                    _words(f"{part} {peaks[part]:.0f}" for part in PARTS if part in peaks)
                    if not said
                    else "",
                )
    return table


def _comparison(found: Mapping[str, Any]) -> list[str]:
    to_empty = found["ratio_to_empty_view"]
    return [
        f"{_spread(found['ratio_to_naive'])} times the naive pipeline with a forking worker",
        f"{_spread(found['ratio_to_simple'])} times the naive pipeline with a simple worker",
        f"ack p99 {_spread(to_empty['ack_p99'])} times the empty view's, "
        f"{_spread(to_empty['ack_p99_at_fixed_rate'])} times at the fixed rate",
        f"{_spread(to_empty['accepted_per_s'])} of what the empty view accepts",
    ]


def _table(first: str, *others: str) -> Table:
    table = Table(first, box=SIMPLE_HEAD, header_style="bold")
    for name in others:
        table.add_column(name, justify="right")
    return table


def _spread(spread: Mapping[str, float]) -> str:
    median, low, high = (_number(spread[name]) for name in ("median", "min", "max"))
    return median if low == high else f"{median} [{low} – {high}]"


def _pair(found: Mapping[str, Any], what: str) -> str:
    if not found[f"{what}_p50_ms"]:
        return "–"
    return " / ".join(_number(found[f"{what}_{share}_ms"]["median"]) for share in ("p50", "p99"))


def _number(value: float) -> str:
    """Three digits say enough."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _words(words: Iterable[str]) -> str:
    return ", ".join(words)
