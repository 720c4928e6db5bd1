"""`regulars audit`: is every paid order of the store settled here?"""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from cli.progress import progress_bar
from cli.since import read_since
from core.db import effects, orders
from core.domain.completeness import Completeness, Missing
from core.domain.stores import Store
from core.jobs.completeness import measure
from core.jobs.drain import drain
from core.jobs.effects import run_effects
from core.jobs.env import Env

EXIT_DRIFT = 1
SHOWN_MOST = 50
FETCHING_MOST_S = 120.0
PAUSE_S = 0.2


@click.command()
@store_option
@click.option(
    "--since",
    "since_text",
    metavar="DAYS|DATE",
    default="60d",
    show_default=True,
    help="Orders placed since: so many days ago, or a day such as 2026-01-31.",
)
@click.option("--fetch", is_flag=True, help="Fetch what is missing, and look once more.")
@command_options
def audit(out: Output, store_name: str, since_text: str, fetch: bool) -> int:
    """Compare a store's orders with what is settled here, day by day.

    Ends with 1 and names the orders when any is missing or stands differently, with 0 when all are here.
    Orders that changed in the last ten minutes are given their time.
    """
    with opened(out.settings, with_bell=True) as env:
        store = store_named(env, store_name)
        since = read_since(since_text, store, env.now())

        def look() -> Completeness:
            with env.database.read(store.store_id) as db:
                total = orders.count(db, store.store_id)
            with progress_bar(out, f"Comparing {store.name}", total) as advance:
                return measure(env, store, since, advance)

        found = look()
        if fetch and found.missing:
            out.remark(f"Fetching {_counted(len(found.missing))} …")
            _fetch(env, store, found.missing)
            found = look()
    _say(out, store, found)
    return 0 if found.is_complete else EXIT_DRIFT


def _fetch(env: Env, store: Store, missing: list[Missing]) -> None:
    """Have them fetched and settled, here or by a worker, waiting for it a while."""
    refs = [one.order_ref for one in missing]
    with env.database.write(store.store_id) as db:
        effects.ask(db, store.store_id, effects.FETCH_ORDER, refs, env.now())
    ends_s = time.monotonic() + FETCHING_MOST_S
    while time.monotonic() < ends_s:
        run_effects(env, store.store_id)
        drain(env, store.store_id)
        with env.database.read(store.store_id) as db:
            if not effects.count_pending(db, store.store_id, effects.FETCH_ORDER, refs):
                return
        time.sleep(PAUSE_S)


def _say(out: Output, store: Store, found: Completeness) -> None:
    if out.as_json:
        out.document(_fields(store, found))
        return
    days = [
        {"day": day, "paid": one.paid, "settled": one.settled, "missing": one.paid - one.settled or ""}
        for day, one in sorted(found.days.items())
    ]
    out.rows(days, ["day", "paid", "settled", "missing"], none="No order was paid in that time.")
    out.say()
    paid, settled = (sum(getattr(one, name) for one in found.days.values()) for name in ("paid", "settled"))
    if found.from_before:
        out.say(
            f"{_counted(found.from_before)} from before the store was connected: see store import --help."
        )
    if found.on_their_way:
        out.say(f"{_counted(found.on_their_way)} of the last minutes may still be on the way.")
    if found.unclear:
        out.say(f"{_counted(found.unclear)} in a state that says nothing to us: points stay as they were.")
    if found.is_complete:
        out.say(f"✓ {store.name}: all {paid:,} paid orders are settled here.")
        return
    out.say(f"! {store.name}: {settled:,} of {paid:,} paid orders are settled here. These are not right:")
    for one in found.missing[:SHOWN_MOST]:
        out.say(f"    {one.number}, placed {one.ordered_at.astimezone(store.zone):%Y-%m-%d}: {one.why}.")
    if len(found.missing) > SHOWN_MOST:
        out.say(f"    … and {len(found.missing) - SHOWN_MOST:,} more.")
    out.say("Fetch them with --fetch.")


def _counted(orders: int) -> str:
    return "1 order" if orders == 1 else f"{orders:,} orders"


def _fields(store: Store, found: Completeness) -> Mapping[str, object]:
    return {
        "store_id": store.store_id,
        "name": store.name,
        "is_complete": found.is_complete,
        "on_their_way": found.on_their_way,
        "from_before": found.from_before,
        "unclear": found.unclear,
        "days": [
            {"day": day.isoformat(), "paid": one.paid, "settled": one.settled}
            for day, one in sorted(found.days.items())
        ],
        "missing": [
            {"order_ref": one.order_ref, "number": one.number, "ordered_at": one.ordered_at, "why": one.why}
            for one in found.missing
        ],
    }
