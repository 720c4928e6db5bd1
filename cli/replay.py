"""`regulars replay`: rebuilding every order's points from what is kept, and comparing."""

from __future__ import annotations

from collections.abc import Mapping

import click

from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from cli.progress import progress_bar
from core.db import orders
from core.domain.stores import Store
from core.jobs.replay import Replayed, replay_store
from core.services.auditing import points_in_words
from core.services.replaying import How, Mismatch

EXIT_DIFFERENT = 1

MEANINGS: Mapping[How, str] = {
    How.AS_TOLD: "replayed as told",
    How.SHUFFLED: "replayed in another order",
    How.UNREADABLE: "a kept snapshot cannot be read",
}


@click.command()
@store_option
@click.option("--check", is_flag=True, help="Compare and say what differs. Nothing is ever changed.")
@command_options
def replay(out: Output, store_name: str, check: bool) -> int:
    """Rebuild every order's points from the kept snapshots, in a scratch copy, and compare.

    Each order is settled anew twice: as it was told, and with its tellings shuffled. Ends with 1 when
    an order's points differ from the ledger.
    """
    if not check:
        raise click.UsageError("Say --check: replaying compares, it never changes anything.")
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read(store.store_id) as db:
            total = orders.count(db, store.store_id)
        with progress_bar(out, f"Replaying {store.name}", total) as advance:
            replayed = replay_store(env, store, advance)
    _say(out, store, replayed)
    return EXIT_DIFFERENT if replayed.differing else 0


def _say(out: Output, store: Store, replayed: Replayed) -> None:
    if out.as_json:
        out.document(
            {
                "store_id": store.store_id,
                "orders": replayed.orders,
                "tellings": replayed.tellings,
                "differing": replayed.differing,
                "differences": [_fields(mismatch) for mismatch in replayed.mismatches],
            }
        )
        return
    told = f"{replayed.orders:,} orders, told {replayed.tellings:,} times"
    if not replayed.differing:
        out.say(f"✓ {store.name}: {told}; every one ends at the points the ledger holds.")
        return
    out.say(f"! {store.name}: {told}; {replayed.differing:,} of them differ from the ledger.")
    out.say()
    out.rows(
        (
            {
                "order_ref": mismatch.order_ref,
                "ledger": points_in_words(mismatch.ledger),
                "rebuilt": points_in_words(mismatch.rebuilt),
                "how": MEANINGS[mismatch.how],
            }
            for mismatch in replayed.mismatches
        ),
        ["order_ref", "ledger", "rebuilt", "how"],
    )


def _fields(mismatch: Mismatch) -> Mapping[str, object]:
    return {
        "order_ref": mismatch.order_ref,
        "ledger_points": sum(mismatch.ledger.values()),
        "rebuilt_points": sum(mismatch.rebuilt.values()),
        "ledger": mismatch.ledger,
        "rebuilt": mismatch.rebuilt,
        "how": mismatch.how,
    }
