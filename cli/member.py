"""`regulars member`: one member's points, and what happens to them next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import click

from cli.installation import opened, store_named, store_option
from cli.member_adjust import adjust, undo_adjustment
from cli.member_balances import import_balances
from cli.member_data import erase, export, exports
from cli.member_merge import list_merges, merge, unmerge
from cli.output import Output, command_options, plain
from core.domain.stores import Store
from core.services.looking_up import LotSeen, MemberSeen, member_by_email, member_by_ref

LOT_COLUMNS = ["order_ref", "points", "of", "state", "from", "until"]


@click.group()
def member() -> None:
    """Look a member up, adjust points, merge two, give out what is held of one, forget one."""


for _command in (
    adjust,
    undo_adjustment,
    export,
    exports,
    erase,
    merge,
    unmerge,
    list_merges,
    import_balances,
):
    member.add_command(_command)


@member.command()
@store_option
@click.option("--email", help="The member's e-mail address.")
@click.option("--ref", "customer_ref", metavar="PLATFORM_ID", help="The customer's id in the store.")
@command_options
def show(out: Output, store_name: str, email: str | None, customer_ref: str | None) -> None:
    """Show a member's balance and lots."""
    if (email is None) == (customer_ref is None):
        raise click.UsageError("Name the member by --email or by --ref.")
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read(store.store_id) as db:
            seen = (
                member_by_email(db, store, email, env.secrets.identity_key)
                if email is not None
                else member_by_ref(db, store, str(customer_ref))
            )
    fields = _fields(seen)
    out.document(fields, _shown(store, seen, fields))
    if not out.as_json and (seen.released or seen.pending):
        out.say()
        out.rows(_lot_rows(seen), LOT_COLUMNS)


def _fields(seen: MemberSeen) -> Mapping[str, object]:
    row = seen.row
    release_at = next((one.lot.terms.available_at for one in seen.pending), None)
    ends = [one.ends_at for one in seen.released if one.ends_at is not None]
    end_at = min(ends, default=None)
    return {
        "member_id": row.id,
        "available_points": row.available_points,
        "pending_points": row.pending_points,
        "debt_points": row.debt_points,
        "customer_ref": row.customer_ref,
        "is_guest": row.customer_ref is None,
        "joined_at": row.joined_at,
        "last_activity_at": row.last_activity_at,
        "next_release_at": release_at,
        "next_release_points": _due(seen.pending, lambda one: one.lot.terms.available_at == release_at),
        "next_expiry_at": end_at,
        "next_expiry_points": _due(seen.released, lambda one: one.ends_at == end_at) if ends else 0,
        "lots": [_lot(one) for one in (*seen.released, *seen.pending)],
        "other_member_ids": list(seen.other_member_ids),
    }


def _due(lots: Sequence[LotSeen], is_due: Callable[[LotSeen], bool]) -> int:
    return sum(one.lot.remaining_points for one in lots if is_due(one))


def _lot(one: LotSeen) -> Mapping[str, object]:
    return {
        "lot_id": one.lot.lot_id,
        "order_ref": one.lot.order_ref,
        "earned_points": one.lot.earned_points,
        "remaining_points": one.lot.remaining_points,
        "is_released": one.lot.is_released,
        "available_at": one.lot.terms.available_at,
        "expires_at": one.ends_at,
    }


def _shown(store: Store, seen: MemberSeen, fields: Mapping[str, object]) -> Mapping[str, object]:
    row = seen.row
    who = "a guest" if row.customer_ref is None else f"customer {row.customer_ref}"
    shown: dict[str, object] = {
        "Member": f"{row.id} of {store.name}, {who}",
        "Available": _then(row.available_points, fields, "next_expiry", "end"),
        "Pending": _then(row.pending_points, fields, "next_release", "can be spent from"),
        "Debt": row.debt_points,
        "Joined": row.joined_at,
        "Last active": row.last_activity_at or "none counted yet",
    }
    if seen.other_member_ids:
        shown["Also"] = f"member {', '.join(map(str, seen.other_member_ids))} has the same e-mail address"
    return shown


def _then(points: int, fields: Mapping[str, object], event: str, words: str) -> str:
    """`49 (20 end 2026-12-01 …)`."""
    at = fields[f"{event}_at"]
    return f"{points} ({fields[f'{event}_points']} {words} {plain(at)})" if at else str(points)


def _lot_rows(seen: MemberSeen) -> list[Mapping[str, object]]:
    return [
        {
            "order_ref": one.lot.order_ref,
            "points": one.lot.remaining_points,
            "of": one.lot.earned_points,
            "state": "available" if one.lot.is_released else "pending",
            "from": _moment(one.lot.terms.available_at, "once completed"),
            "until": _moment(one.ends_at, "no end"),
        }
        for one in (*seen.released, *seen.pending)
    ]


def _moment(at: datetime | None, otherwise: str) -> str:
    return plain(at) if at else otherwise
