"""`regulars member merge`, `unmerge` and `merges`: two members who are one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import Row

from cli.holding import writing_alone
from cli.installation import opened, store_named, store_option
from cli.output import AN_ID, Output, command_options
from core.db import members, merges
from core.domain.merging import UNDONE_WITHIN, Source
from core.services import merging

COLUMNS = ["merge_id", "from_member_id", "into_member_id", "source", "merged_at", "undone_at"]


@click.command()
@store_option
@click.option("--from", "from_id", type=AN_ID, required=True, metavar="ID", help="Whose points go over.")
@click.option("--into", "into_id", type=AN_ID, required=True, metavar="ID", help="Who has them from then on.")
@command_options
def merge(out: Output, store_name: str, from_id: int, into_id: int) -> None:
    """Make one member of two: points, debts and all that comes later.

    Can be undone for 30 days: bin/regulars member unmerge.
    """
    with opened(out.settings, with_bell=True) as env:
        store = store_named(env, store_name)
        with writing_alone(env, out, store) as db:
            row = merging.merge(db, store, from_id, into_id, Source.OPERATOR, env.now())
            survivor = members.by_id(db, store.store_id, row.into_member_id)
    sentence = (
        f"Member {row.from_member_id} is member {row.into_member_id} from now on"
        f"{_has(survivor)}. Until {row.merged_at + UNDONE_WITHIN:%Y-%m-%d} this can be undone: "
        f"bin/regulars member unmerge --store {store.store_id} --merge {row.id}"
    )
    out.answer(_fields(row), sentence)


@click.command()
@store_option
@click.option("--merge", "merge_id", type=AN_ID, required=True, metavar="ID", help="As `merges` lists it.")
@command_options
def unmerge(out: Output, store_name: str, merge_id: int) -> None:
    """Make two members of one again, with what is left of the points that had come over.

    Orders placed meanwhile go to the customer the store names as soon as they are told of again.
    """
    with opened(out.settings, with_bell=True) as env:
        store = store_named(env, store_name)
        with writing_alone(env, out, store) as db:
            row = merging.undo(db, store, merge_id, env.now())
            again = members.by_id(db, store.store_id, row.from_member_id)
    out.answer(_fields(row), f"Member {row.from_member_id} stands for itself again{_has(again)}.")


@click.command("merges")
@store_option
@command_options
def list_merges(out: Output, store_name: str) -> None:
    """List the merges of a store, the oldest first, undone ones too."""
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read(store.store_id) as db:
            out.rows(map(_fields, merges.listed(db, store.store_id)), COLUMNS, none="Nobody was merged yet.")


def _has(member: Row[Any] | None) -> str:
    if member is None:
        return ""
    owed = f", {member.debt_points:,} owed" if member.debt_points else ""
    return f", with {member.available_points:,} points available and {member.pending_points:,} pending{owed}"


def _fields(row: Row[Any]) -> Mapping[str, object]:
    return {
        "merge_id": row.id,
        "from_member_id": row.from_member_id,
        "into_member_id": row.into_member_id,
        "source": row.source,
        "merged_at": row.merged_at,
        "undone_at": row.undone_at,
    }
