"""The histories' document as tables a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

TITLES = {
    "award": "award",
    "partial_refund": "partial refund",
    "full_refund": "full refund",
    "refund_of_spent": "refund of points already spent",
    "balance_read": "balance read over HTTP",
}


def print_report(document: Mapping[str, Any]) -> None:
    """Everything worth reading at a glance; the rest is in the JSON."""
    console = Console(highlight=False, markup=False, width=None if Console().is_terminal else 120)
    for kind, found in document["databases"].items():
        heading = f"\n{kind} {document['versions'][kind]}, {document['rounds']} rounds of {document['times']}"
        console.print(heading, style="bold")
        console.print(_table(document["entries"], found["operations"]))
    here = document["machine"]
    console.print(
        f"{document['taken_at']}, {here['cores']} cores ({here['processor']}), "
        f"load before {here['load_average'][0]}, commit {document['versions']['regulars']}.\n"
        "ms: median of the rounds' medians. ×: to the empty history, round by round, median "
        "[lowest – highest]. All sums were right.\n"
    )


def _table(entries: list[int], operations: Mapping[str, Any]) -> Table:
    table = Table("ms, by entries of the member", box=SIMPLE_HEAD, header_style="bold")
    for length in entries:
        table.add_column(f"{length:,}", justify="right")
        if length:
            table.add_column("×", justify="right")
    for name, title in TITLES.items():
        cells = []
        for length in entries:
            found = operations[name][str(length)]
            cells.append(f"{found['ms']['median']:.2f}")
            if length:
                cells.append(_spread(found["ratio_to_empty"]))
        table.add_row(title, *cells)
    return table


def _spread(spread: Mapping[str, float]) -> str:
    return f"{spread['median']:.2f} [{spread['min']:.2f} – {spread['max']:.2f}]"
