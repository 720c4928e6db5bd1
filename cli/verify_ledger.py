"""`regulars verify-ledger`: does everything add up?"""

from __future__ import annotations

from collections.abc import Mapping

import click

from cli.installation import any_store_option, opened, store_named
from cli.output import Output, command_options
from cli.progress import progress_bar
from core.db import members, orders, stores
from core.domain.stores import Store
from core.jobs.audit import Audited, audit_store
from core.jobs.env import Env

EXIT_DIFFERENT = 1


@click.command("verify-ledger")
@click.option("--all", "all_stores", is_flag=True, help="Every store; the same as naming none.")
@any_store_option
@command_options
def verify_ledger(out: Output, all_stores: bool, store_name: str | None) -> int:
    """Compare balances, lots and orders with the entries they are the sums of.

    Changes nothing. Ends with 1 and names what differs when something does not add up.
    """
    if all_stores and store_name is not None:
        raise click.UsageError("Name a store with --store, or say --all.")
    with opened(out.settings) as env:
        with env.database.read_all() as db:
            everyone = stores.all_stores(db)
        chosen = everyone if store_name is None else [store_named(env, store_name)]
        audited = {store: _audit(env, out, store) for store in chosen}
    _say(out, audited)
    return EXIT_DIFFERENT if any(one.differing for one in audited.values()) else 0


def _audit(env: Env, out: Output, store: Store) -> Audited:
    with env.database.read(store.store_id) as db:
        total = members.count(db, store.store_id) + orders.count(db, store.store_id)
    with progress_bar(out, f"Verifying {store.name}", total) as advance:
        return audit_store(
            env.database,
            store.store_id,
            lambda name, done: advance(done if name in {"members", "orders"} else 0),
        )


def _say(out: Output, audited: Mapping[Store, Audited]) -> None:
    if out.as_json:
        out.document({"stores": [_fields(store, one) for store, one in audited.items()]})
        return
    if not audited:
        out.say("No store is connected yet.")
    for store, one in audited.items():
        looked = ", ".join(f"{count:,} {name}" for name, count in one.checked.items())
        if not one.differing:
            out.say(f"✓ {store.name}: everything adds up ({looked}).")
            continue
        things = "thing does" if one.differing == 1 else "things do"
        out.say(f"! {store.name}: {one.differing:,} {things} not add up ({looked}).")
        for difference in one.differences:
            out.say(f"    {difference.sentence}")
        if one.differing > len(one.differences):
            out.say(f"    … and {one.differing - len(one.differences):,} more.")


def _fields(store: Store, one: Audited) -> Mapping[str, object]:
    return {
        "store_id": store.store_id,
        "name": store.name,
        "checked": one.checked,
        "differing": one.differing,
        "differences": [
            {"kind": each.kind, "subject": each.subject, "sentence": each.sentence}
            for each in one.differences
        ],
    }
