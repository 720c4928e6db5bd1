"""`regulars member adjust` and `undo-adjustment`: points given or taken by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import Connection, Row

from cli.installation import opened, store_named, store_option
from cli.output import AN_ID, Output, command_options
from core.db import members
from core.domain.adjusting import LONGEST_PRIVATE, LONGEST_PUBLIC, MOST_POINTS, UNDONE_WITHIN, Notes
from core.domain.staff import operator
from core.services.adjusting import Adjustment
from core.services.adjusting import adjust as adjust_points
from core.services.terms import Sealing, load_terms
from core.services.undoing import undo_adjustment as undo_points


@click.command()
@store_option
@click.option("--member", "member_id", type=AN_ID, required=True, metavar="ID", help="Whose points.")
@click.option(
    "--points",
    type=click.IntRange(-MOST_POINTS, MOST_POINTS),
    required=True,
    help="How many to add, or with a minus to take away.",
)
@click.option("--note", required=True, help=f"What the member reads, at most {LONGEST_PUBLIC} characters.")
@click.option("--private", default="", help=f"What only staff read, at most {LONGEST_PRIVATE} characters.")
@click.option("--may-owe", is_flag=True, help="What is not there becomes a debt.")
@command_options
def adjust(
    out: Output, store_name: str, member_id: int, *, points: int, note: str, private: str, may_owe: bool
) -> None:
    """Give a member points, or take some away.

    Can be undone for 30 days: bin/regulars member undo-adjustment.
    """
    with opened(out.settings) as env:
        store, notes = store_named(env, store_name), Notes(note.strip(), private.strip())
        wanted = Adjustment(member_id, points, notes, env.token(), may_owe=may_owe)
        with env.database.write(store.store_id) as db:
            terms, sealing = load_terms(db, store), Sealing(env.secrets)
            row = adjust_points(db, terms, wanted, operator(), sealing, env.now())
            fields = _fields(db, row)
    what = f"{points:,} points added" if points > 0 else f"{-points:,} points taken away"
    sentence = (
        f"{what}: member {member_id} has {_has(fields)} now. Until {row.at + UNDONE_WITHIN:%Y-%m-%d} this "
        f"can be undone: bin/regulars member undo-adjustment --store {store.store_id} --adjustment {row.id}"
    )
    out.answer(fields, sentence)


@click.command("undo-adjustment")
@store_option
@click.option("--adjustment", "adjustment_id", type=AN_ID, required=True, metavar="ID", help="Which one.")
@command_options
def undo_adjustment(out: Output, store_name: str, adjustment_id: int) -> None:
    """Undo points given or taken by hand: the sum is what it would be without.

    What was given and is spent is taken from other points, or owed.
    """
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.write(store.store_id) as db:
            row = undo_points(db, load_terms(db, store), adjustment_id, operator(), env.now())
            fields = _fields(db, row)
    out.answer(fields, f"Adjustment {row.id} is undone: member {row.member_id} has {_has(fields)} now.")


def _fields(db: Connection, row: Row[Any]) -> Mapping[str, object]:
    member = members.lock_balances(db, row.store_id, {row.member_id})[row.member_id]
    return {
        "adjustment_id": row.id,
        "member_id": row.member_id,
        "points": row.points,
        "undone_at": row.undone_at,
        "available_points": member.available_points,
        "pending_points": member.pending_points,
        "debt_points": member.debt_points,
    }


def _has(fields: Mapping[str, object]) -> str:
    owed = f" and owes {fields['debt_points']:,}" if fields["debt_points"] else ""
    return f"{fields['available_points']:,} points to spend{owed}"
