"""The demo behind `bin/start --demo`: a made-up store delivers, and balances are printed as they settle.

Run by itself against a running installation: `python -m sandbox.demo --url http://127.0.0.1:8000 --data DIR`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import click
import requests
from rich.console import Console
from rich.table import Table

from core.config.settings import Settings
from core.db import ledger, members, stores
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.connecting import NewStore, connect_store
from core.services.programming import apply_program
from core.services.terms import load_terms
from integrations.assembly import production_env
from sandbox.synthetic_store import SHOPPERS, SignedDelivery, SyntheticStore

STORE = "Birch (demo)"
SECRET = "birch-demo-secret"  # noqa: S105  # the made-up store's own
PROGRAM = '{"earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}], "pending_days": 0}'
HAPPENINGS = 60
PAUSE_S = 0.4
SETTLED_WITHIN_S = 30.0


@click.command()
@click.option("--url", required=True, help="Where the installation listens.")
@click.option("--data", "data_dir", type=click.Path(path_type=Path), required=True, help="Its data folder.")
@click.option("--pause", "pause_s", default=PAUSE_S, help="Seconds between two things happening.")
def demo(url: str, data_dir: Path, pause_s: float) -> None:
    """Let a made-up store deliver for half a minute, then compare every order with what it is worth."""
    env = production_env(Settings.load(os.environ, data_dir), with_bell=False)
    console = Console(stderr=True)
    store = _demo_store(env)
    shop = SyntheticStore(seed=store.store_id * 1000 + _orders_so_far(env, store), secret=SECRET)
    shop.first_order_id = 1001 + _orders_so_far(env, store)
    for number, delivery in enumerate(shop.deliveries(HAPPENINGS), start=1):
        try:
            _post(url, store, delivery)
        except requests.ConnectionError:
            console.print("  The demo ends: the server does not listen any more.")
            return
        console.print(f"  delivery {number:>3}  {delivery.said}", highlight=False)
        if number % 10 == 0:
            console.print(_balances(env, store))
        time.sleep(pause_s)
    _say_whether_right(env, store, shop, console)
    env.database.close()


def _demo_store(env: Env) -> Store:
    """The demo's store, connected at the first run."""
    with env.database.write_all() as db:
        known = stores.store_by_name(db, STORE)
        if known is not None:
            return known
        new = NewStore(
            name=STORE,
            platform="woocommerce",
            url="https://birch.example",
            currency="EUR",
            timezone="Europe/Berlin",
            is_offline=True,
            webhook_path=env.token(),
            credentials={"webhook_secret": SECRET},
        )
        store = connect_store(db, new, env.secrets, env.now())
        apply_program(db, load_terms(db, store), PROGRAM, None, env.now())
    return store


def _orders_so_far(env: Env, store: Store) -> int:
    with env.database.read(store.store_id) as db:
        return len({entry.order_ref for entry in ledger.entries_of(db, store.store_id)})


def _post(url: str, store: Store, delivery: SignedDelivery) -> None:
    answer = requests.post(
        store.webhook_url(url),
        data=delivery.body,
        headers=delivery.headers,
        timeout=10,
        allow_redirects=False,
    )
    answer.raise_for_status()


def _balances(env: Env, store: Store) -> Table:
    table = Table("member", "available", "pending", "debt", title=f"Points at {STORE}", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    with env.database.read(store.store_id) as db:
        for customer_ref, name in SHOPPERS:
            row = members.by_customer_ref(db, store.store_id, customer_ref)
            if row is not None:
                points = (row.available_points, row.pending_points, row.debt_points)
                table.add_row(name, *(f"{number:,}" for number in points))
    return table


def _say_whether_right(env: Env, store: Store, shop: SyntheticStore, console: Console) -> None:
    expected = {order_ref: points for order_ref, points in shop.expected_points().items() if points}
    ends_at = time.monotonic() + SETTLED_WITHIN_S
    settled = _settled(env, store, shop)
    while settled != expected and time.monotonic() < ends_at:
        time.sleep(0.2)
        settled = _settled(env, store, shop)
    console.print(_balances(env, store))
    wrong = {ref for ref in expected.keys() | settled.keys() if expected.get(ref) != settled.get(ref)}
    if wrong:
        console.print(f"  Orders not settled as expected: {', '.join(sorted(wrong))}", style="bold red")
        return
    console.print(
        f"  All {len(shop.orders)} orders stand at exactly what they are worth, after duplicates, disorder, "
        f"refunds and cancellations.\n  See one: bin/regulars ledger --store '{STORE}' --order "
        f"{max(shop.orders)}",
        highlight=False,
    )


def _settled(env: Env, store: Store, shop: SyntheticStore) -> dict[str, int]:
    with env.database.read(store.store_id) as db:
        sums = ledger.sums_by_order(db, store.store_id, [str(order_id) for order_id in shop.orders])
    return {order_ref: points for (order_ref, _), points in sums.items()}


if __name__ == "__main__":
    demo()
