"""A bar for work that takes long, on a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.output import Output

WORTH_A_BAR = 1000
"""Less than this is done before anybody could read the bar."""


@contextmanager
def progress_bar(out: Output, label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A function to be told how many more are done."""
    if out.as_json or total < WORTH_A_BAR or not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.advance(task, done)
