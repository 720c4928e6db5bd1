"""The pages' document as a table a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def print_report(document: Mapping[str, Any]) -> None:
    """Everything worth reading at a glance; the rest is in the JSON."""
    console = Console(highlight=False, markup=False, width=None if Console().is_terminal else 120)
    heading = f"\n{document['members']:,} members, {document['entries']:,} entries"
    console.print(heading, style="bold")
    table = Table("page", box=SIMPLE_HEAD, header_style="bold")
    for title in ("server ms, median", "p95", "LCP ms", "CLS"):
        table.add_column(title, justify="right")
    for page in document["pages"]:
        server = page["server_ms"]
        browser = [f"{page['lcp_ms']:,.0f}", f"{page['cls']:.3f}"] if "lcp_ms" in page else ["", ""]
        table.add_row(page["title"], f"{server['median']:.1f}", f"{server['p95']:.1f}", *browser)
    console.print(table)
    here = document["machine"]
    console.print(
        f"{document['taken_at']}, {here['cores']} cores ({here['processor']}), "
        f"load before {here['load_average'][0]}, commit {document['versions']['regulars']}, "
        f"PostgreSQL {document['versions']['postgresql']}, each page {document['times']} times.\n"
    )
