"""`regulars store import`: taking in orders from before the store was connected."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import click
from sqlalchemy import Row

from cli.holding import writing_alone
from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from cli.since import read_day
from core.db import catch_ups, stores
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.drain import drain
from core.jobs.env import Env
from core.jobs.reconcile import walk_on
from core.services.importing import ALL_ORDERS, begin_import, earns_before
from core.services.terms import load_terms

PAUSE_S = 0.2

AWARD, NONE = "award", "none"


class Shown(Protocol):
    """Where progress is seen."""

    def __call__(self, seen: int, left: int | None, /) -> None:
        """So many orders were looked at, and so many are left."""
        ...


@click.command("import")
@store_option
@click.option(
    "--since",
    "since_text",
    metavar="DATE|all",
    required=True,
    help="Orders placed since, such as 2026-01-31.",
)
@click.option(
    "--points", type=click.Choice([NONE, AWARD]), required=True, help="What past orders earn their members."
)
@command_options
def import_orders(out: Output, store_name: str, since_text: str, points: str) -> None:
    """Take in orders from before the store was connected.

    With `--points award` each earns what the program gave at its own time. With `--points none` they are
    only known: orders placed before the store was connected earn nothing, and what is refunded of them later
    costs nobody a point.

    May be interrupted at any time: running workers go on with it, and so does the same command.
    """
    with opened(out.settings, with_bell=True) as env:
        store = store_named(env, store_name)
        if store.is_offline:
            raise Refused(f"{store.name} is never called, so its past orders cannot be asked for.")
        since = ALL_ORDERS if since_text == "all" else read_day(since_text, store)
        _begin(env, out, store, since, awards=points == AWARD)
        with _progress(out, store) as shown:
            row = _work(env, out, store, shown)
        looked = f"{row.seen_orders:,} {'order' if row.seen_orders == 1 else 'orders'}"
        out.answer(
            {"store_id": store.store_id, "looked_at": row.seen_orders},
            f"✓ {store.name}: looked at {looked}; {_all_known(row, store)}",
        )


def _all_known(row: Row[Any], store: Store) -> str:
    if row.placed_since == ALL_ORDERS:
        return "every one it shows is known here."
    return f"every one placed since {row.placed_since.astimezone(store.zone):%Y-%m-%d} is known here."


def _begin(env: Env, out: Output, store: Store, since: datetime, *, awards: bool) -> None:
    with writing_alone(env, out, store) as db:
        terms = load_terms(db, store)
        connected_at = stores.first_connected_at(db, store.store_id)
        if awards and not earns_before(terms, connected_at):
            out.remark(
                f"Under {store.name}'s program, orders placed before {connected_at:%Y-%m-%d} earn nothing."
            )
        if not begin_import(db, terms, since, env.now(), awards=awards):
            out.remark("This import is under way; it goes on where it was left.")


def _work(env: Env, out: Output, store: Store, shown: Shown) -> Row[Any]:
    """Go on until all is taken in, beside whatever workers do of it; the row at its end."""
    problem = None
    while True:
        walk_on(env, store.store_id)
        drain(env, store.store_id)
        with env.database.read(store.store_id) as db:
            row = catch_ups.load(db, store.store_id, catch_ups.IMPORT)
        if row is None:
            raise Refused(f"{store.name} was removed meanwhile.")
        shown(row.seen_orders, row.left_orders)
        if row.since is None:
            return row
        if row.problem not in {None, problem}:
            problem = row.problem
            said = problem.rstrip(".")
            out.remark(f"Waiting for {store.name}: {said}. Ctrl-C leaves the rest to running workers.")
        time.sleep(PAUSE_S)


@contextmanager
def _progress(out: Output, store: Store) -> Iterator[Shown]:
    """A bar with the time that is left, on a terminal alone."""
    if out.as_json or not sys.stderr.isatty():
        yield lambda _seen, _left: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Orders of {store.name}", total=None)
        yield lambda seen, left: bar.update(task, completed=seen, total=None if left is None else seen + left)
