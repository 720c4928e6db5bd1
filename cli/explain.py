"""`regulars explain`: why an order has its points, in one sentence."""

from __future__ import annotations

from dataclasses import asdict

import click

from cli.installation import opened, store_named, store_option
from cli.ledger import entry_fields
from cli.output import Output, command_options
from core.db.ledger import entries_of
from core.services.explaining import explain_order
from core.services.terms import load_terms


@click.command()
@store_option
@click.option("--order", "order_ref", metavar="REF", required=True, help="The order's id in the store.")
@command_options
def explain(out: Output, store_name: str, order_ref: str) -> None:
    """Say in one sentence why an order has its points."""
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read_still(store.store_id) as db:
            explained = explain_order(db, load_terms(db, store), order_ref)
            entries = [entry_fields(row) for row in entries_of(db, store.store_id, order_ref=order_ref)]
    if explained.wants:
        out.remark(f"Only the store can say, and has not yet: {explained.wants}.")
    out.answer({**asdict(explained), "entries": entries}, explained.sentence)
