"""`regulars ledger`: entries, one a line, as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import Row

from cli.installation import opened, store_named, store_option
from cli.output import AN_ID, Output, command_options
from core.db import ledger as entries

COLUMNS = ["entry_id", "at", "kind", "points", "order_ref", "member_id", "program_version", "key", "reason"]


@click.command()
@store_option
@click.option("--order", "order_ref", metavar="REF", help="Of this order alone.")
@click.option("--member", "member_id", type=AN_ID, metavar="ID", help="Of this member alone.")
@command_options
def ledger(out: Output, store_name: str, order_ref: str | None, member_id: int | None) -> None:
    """List a store's ledger entries, the oldest first."""
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read(store.store_id) as db:
            found = entries.entries_of(db, store.store_id, order_ref=order_ref, member_id=member_id)
            out.rows(map(entry_fields, found), COLUMNS, none="No entries.")


def entry_fields(row: Row[Any]) -> Mapping[str, object]:
    """An entry by the names the command line gives its fields."""
    return {
        "entry_id": row.id,
        "kind": row.kind,
        "points": row.points,
        "order_ref": row.order_ref,
        "member_id": row.member_id,
        "key": row.key,
        "program_version": row.program_version,
        "reason": row.reason,
        "at": row.at,
    }
