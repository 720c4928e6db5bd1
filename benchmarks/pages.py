"""What each settings page costs: `python -m benchmarks.pages [--json] [--members N] [--entries N]`.

One store on PostgreSQL with a crowd of members, served by the web server of production. Each page is had by
somebody signed in again and again: how long the server takes, and in a real Chromium when its largest part
stands there (LCP) and by how much it jumps (CLS).
"""

from __future__ import annotations

import http.client
import json
import logging
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import click

from benchmarks.beds import looking
from benchmarks.crowd import DRAFT, PROGRAM, Crowd, fill
from benchmarks.machine import machine, versions
from benchmarks.numbers import percentile
from benchmarks.pages_report import print_report
from benchmarks.place import Place, place
from benchmarks.processes import Trouble, python, start, stop
from benchmarks.progress import progress
from core.config.clock import utc_now
from core.config.logs import configure_logs
from core.config.settings import Settings
from core.db import stores
from core.domain.staff import operator
from core.jobs.days import add_up_days
from core.services.drafting import save_draft
from core.services.programming import apply_program
from core.services.signing_in import open_session
from core.services.terms import load_terms
from integrations.assembly import production_env

SESSION = "a-session-of-the-benchmark"
READY_WITHIN_S = 30
WARM_UP = 2
CHROMIUM = "/usr/bin/chromium"
_LOOK = """
new Promise((done) => {
  let lcp = 0, cls = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) lcp = one.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => { for (const one of list.getEntries()) cls += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done({ lcp_ms: lcp, cls }), 600);
})
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One page, and where it stands."""

    title: str
    path: str


def pages(store_id: int) -> tuple[Page, ...]:
    """Every page that is measured."""
    at = f"/admin/stores/{store_id}"
    return (
        Page("All stores", "/admin"),
        Page("Home", at),
        Page("Program with a draft", f"{at}/program"),
        Page("Earlier programs", f"{at}/program/history"),
        Page("Rewards", f"{at}/rewards"),
        Page("A reward", f"{at}/rewards/edit/five"),
        Page("Members, last active first", f"{at}/members"),
        Page("Members by points", f"{at}/members?sort=points"),
        Page("Members with points", f"{at}/members?show=points"),
        Page("Members idle for 90 days", f"{at}/members?idle=90"),
        Page("Members found by name", f"{at}/members?q=Ana+Oak"),
        Page("Members found by order", f"{at}/members?q=12"),
        Page("A member", f"{at}/members/12"),
        Page("Adjusting points", f"{at}/members/12/adjust"),
        Page("Merging a member", f"{at}/members/12/merge"),
        Page("Erasing a member", f"{at}/members/12/erase"),
        Page("Excluding a member", f"{at}/members/12/exclude"),
        Page("Deliveries", f"{at}/activity"),
        Page("Deliveries found by order", f"{at}/activity?q=12"),
        Page("Entries", f"{at}/activity/entries"),
        Page("Entries of one kind", f"{at}/activity/entries?kind=redeem"),
        Page("A delivery", f"{at}/activity/deliveries/12"),
        Page("An order", f"{at}/activity/orders/12"),
        Page("History", f"{at}/activity/history"),
        Page("Settings", f"{at}/settings"),
        Page("The store", f"{at}/settings/store"),
        Page("Rates", f"{at}/settings/rates"),
        Page("Retention", f"{at}/settings/retention"),
        Page("Keys", f"{at}/settings/keys"),
        Page("Disconnecting", f"{at}/disconnect"),
        Page("Branding", f"{at}/settings/branding"),
        Page("Staff", f"{at}/settings/staff"),
        Page("Data in and out", f"{at}/settings/data"),
        Page("Privacy requests", f"{at}/settings/privacy"),
        Page("Operations", "/admin/operations"),
        Page("Operations of a store", f"/admin/operations/stores/{store_id}"),
        Page("Everybody's access", "/admin/staff"),
        Page("Connecting a store", "/admin/connect"),
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--members", default=1_000_000, show_default=True, type=click.IntRange(10, 20_000_000))
@click.option("--entries", default=5_000_000, show_default=True, type=click.IntRange(10, 100_000_000))
@click.option(
    "--times", default=15, show_default=True, type=click.IntRange(1, 1000), help="Each page is had."
)
@click.option("--no-browser", is_flag=True, help="Leave the browser's figures out.")
def main(*, as_json: bool, members: int, entries: int, times: int, no_browser: bool) -> None:
    """Measure the settings pages of a store with a crowd of members."""
    configure_logs("bench", least=logging.WARNING)
    if entries % members:
        raise click.UsageError("--entries is a multiple of --members: each member has as many.")
    try:
        document = measure(Crowd(members, entries), times, with_browser=not no_browser)
    except Trouble as trouble:
        raise click.ClickException(str(trouble)) from trouble
    if as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        print_report(document)


def measure(crowd: Crowd, times: int, *, with_browser: bool) -> dict[str, object]:
    """All pages, as one document. Raises Trouble."""
    before = machine()
    with place("postgresql", 1) as here, progress(2) as bar:
        bar.update(bar.task_ids[0], description=f"writing {crowd.members:,} members")
        store_id, url = _crowded(here, crowd)
        bar.advance(bar.task_ids[0])
        bar.update(bar.task_ids[0], description="opening pages")
        with _served(here, url) as port:
            found = [_page(port, one, times, with_browser=with_browser) for one in pages(store_id)]
        return {
            "benchmark": "pages",
            "taken_at": utc_now().isoformat(timespec="seconds"),
            "machine": before,
            "versions": versions({"postgresql": here.bed.version()}),
            "members": crowd.members,
            "entries": crowd.entries,
            "times": times,
            "pages": found,
        }


def _crowded(here: Place, crowd: Crowd) -> tuple[int, str]:
    """(store, database) once the crowd is there and somebody is signed in."""
    [store_id] = here.installation.store_ids
    url = here.bed.create(here.installation.template_url)
    env = production_env(Settings.load({"DATABASE_URL": url}, here.installation.data_dir), with_bell=False)
    try:
        with env.database.write_all() as db:
            store = stores.store_by_id(db, store_id)
            if store is None:
                raise Trouble("the store of the benchmark is gone")
            apply_program(db, load_terms(db, store), PROGRAM, None, env.now())
            # The longest work a page does: it tries what is drafted on the last orders.
            save_draft(db, load_terms(db, store), DRAFT, 0, operator(), env.now())
            open_session(db, SESSION, None, env.now())
        with looking(url) as owner:
            fill(owner, store_id, crowd, env.secrets, env.now())
        # As the beat has it done, every few minutes.
        while add_up_days(env, store_id):
            pass
    finally:
        env.database.close()
    return store_id, url


@contextmanager
def _served(here: Place, url: str) -> Iterator[int]:
    """The port of the product's web server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environ = here.installation.environ(url, here.redis_url) | {"REGULARS_LOG_LEVEL": "warning"}
    process = start(python("cli.serve", "127.0.0.1", str(port)), environ, here.log_file)
    try:
        _wait_until_it_answers(port)
        yield port
    finally:
        stop([process])


def _wait_until_it_answers(port: int) -> None:
    ends_s = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < ends_s:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Trouble("the web server did not start")


def _page(port: int, page: Page, times: int, *, with_browser: bool) -> dict[str, Any]:
    spans_ms = _spans_ms(port, page, times)
    figures: dict[str, Any] = {
        "title": page.title,
        "path": page.path,
        "server_ms": {"median": median(spans_ms), "p95": percentile(spans_ms, 0.95)},
    }
    if with_browser:
        figures |= _looked_at(port, page)
    return figures


def _spans_ms(port: int, page: Page, times: int) -> Sequence[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    spans_ms = []
    try:
        for number in range(WARM_UP + times):
            began_ns = time.perf_counter_ns()
            connection.request("GET", page.path, headers={"Cookie": f"regulars={SESSION}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise Trouble(f"{page.path} answered {answer.status}")
            if number >= WARM_UP:
                spans_ms.append((time.perf_counter_ns() - began_ns) / 1e6)
    finally:
        connection.close()
    return spans_ms


def _looked_at(port: int, page: Page) -> dict[str, float]:
    """The browser's figures, with nothing in its cache."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only where a browser is wanted)

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        with launched.new_context(viewport={"width": 1440, "height": 900}) as context:
            context.add_cookies([{"name": "regulars", "value": SESSION, "url": f"http://127.0.0.1:{port}/"}])
            opened = context.new_page()
            opened.goto(f"http://127.0.0.1:{port}{page.path}", wait_until="load")
            found: dict[str, float] = opened.evaluate(_LOOK)
        launched.close()
    return found


if __name__ == "__main__":
    main()
