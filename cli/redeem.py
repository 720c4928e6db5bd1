"""`regulars redeem` and `regulars redemption`: points into discount codes, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import Row

from cli.installation import opened, ring_effects, store_named, store_option
from cli.output import AN_ID, Output, command_options
from core.db import redemptions, stores
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.cancelling import cancel as cancel_redemption
from core.services.connecting import find_store
from core.services.redeeming import Making, Wish
from core.services.redeeming import redeem as spend
from core.services.terms import Sealing, load_terms
from core.services.unheard import CODE_USED

SAYS = {
    "pending": "The points are spent; the store is being asked for the code.",
    "live": "The code can be used.",
    "used": "Order {order_ref} uses the code.",
    "expired": "The code ended without being used.",
    "cancelling": "The code is being switched off; the points come back when no order can carry it any more.",
    "cancelled": "The code is off and the points are back.",
    "failed": "The store would not have the code, and the points are back: {problem}.",
}
"""What each state means to the person who asks."""


COLUMNS = ["redemption_id", "requested_at", "state", "code", "title", "member_id", "cost_points", "order_ref"]


@click.command()
@store_option
@click.option("--member", "member_id", type=AN_ID, required=True, metavar="ID", help="Who spends points.")
@click.option("--reward", "reward_ref", required=True, metavar="R", help="The reward's id in the program.")
@click.option("--points", type=click.IntRange(min=1), help="How many, where the reward leaves that open.")
@click.option(
    "--idempotency-key", required=True, metavar="K", help="Of your choice; the same key redeems only once."
)
@command_options
def redeem(
    out: Output, store_name: str, member_id: int, reward_ref: str, points: int | None, idempotency_key: str
) -> None:
    """Spend a member's points on a reward: a discount code for the store's checkout."""
    with opened(out.settings, with_bell=True) as env:
        store = store_named(env, store_name)
        making = Making(env.platforms[store.platform], Sealing(env.secrets), env.token())
        wish = Wish(member_id, reward_ref, points, idempotency_key)
        with env.database.write(store.store_id) as db:
            row = spend(db, load_terms(db, store), wish, making, env.now())
        if row.state == "pending":
            ring_effects(env, out, store)
    _show(out, row)


@click.group()
def redemption() -> None:
    """See redemptions and take them back."""


@redemption.command("list")
@store_option
@click.option("--member", "member_id", type=AN_ID, metavar="ID", help="Of this member alone.")
@click.option("--waiting", "waiting_only", is_flag=True, help="Only codes being made or switched off.")
@command_options
def list_redemptions(out: Output, store_name: str, member_id: int | None, waiting_only: bool) -> None:
    """List a store's redemptions, the oldest first."""
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with env.database.read(store.store_id) as db:
            found = redemptions.listed(db, store.store_id, member_id, waiting_only=waiting_only)
            none = "No code is being made or switched off." if waiting_only else "Nothing was redeemed yet."
            out.rows(map(redemption_fields, found), COLUMNS, none=none)


@redemption.command()
@click.argument("redemption_id", type=AN_ID, metavar="ID")
@command_options
def show(out: Output, redemption_id: int) -> None:
    """Show a redemption: its code, its state and its points."""
    with opened(out.settings) as env:
        store = _store_of(env, redemption_id)
        with env.database.read(store.store_id) as db:
            row = redemptions.the(db, store.store_id, redemption_id)
            notice = stores.notice(db, store.store_id, CODE_USED, str(redemption_id))
    _show(out, row, notice)


@redemption.command()
@click.argument("redemption_id", type=AN_ID, metavar="ID")
@command_options
def cancel(out: Output, redemption_id: int) -> None:
    """Take a redemption back: its code is switched off, then its points return."""
    with opened(out.settings, with_bell=True) as env:
        store = _store_of(env, redemption_id)
        with env.database.write(store.store_id) as db:
            row = cancel_redemption(db, store, redemption_id, env.now())
        if row.state == "cancelling":
            ring_effects(env, out, store)
    _show(out, row)


def _store_of(env: Env, redemption_id: int) -> Store:
    """The store a redemption is of. Raises Refused."""
    with env.database.read_all() as db:
        store_id = redemptions.store_of(db, redemption_id)
        if store_id is None:
            raise Refused(f"There is no redemption {redemption_id}.")
        return find_store(db, str(store_id))


def _show(out: Output, row: Row[Any], notice: str | None = None) -> None:
    fields = {**redemption_fields(row), "notice": notice}
    shown = {**fields, "state": f"{row.state}: {_sentence(row)}"}
    out.document(fields, {name: value for name, value in shown.items() if value is not None})


def _sentence(row: Row[Any]) -> str:
    return SAYS[row.state].format(order_ref=row.order_ref, problem=(row.problem or "").rstrip("."))


def redemption_fields(row: Row[Any]) -> Mapping[str, object]:
    """A redemption by the names the command line gives its fields."""
    return {
        "redemption_id": row.id,
        "state": row.state,
        "code": row.code,
        "reward": row.reward_ref,
        "title": row.title,
        "member_id": row.member_id,
        "cost_points": row.cost_points,
        "restored_points": row.restored_points,
        "order_ref": row.order_ref,
        "requested_at": row.requested_at,
        "ends_at": row.ends_at,
        "problem": row.problem,
    }
