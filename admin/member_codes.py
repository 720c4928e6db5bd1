"""Cancelling a member's redemption: what happens next, and the button."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, Row
from werkzeug.exceptions import NotFound

from admin.guards import least
from admin.here import here
from admin.member import MEMBER, called_here, the_member
from admin.member_adjust import said_no
from admin.naming import name_of
from admin.retelling import told
from admin.signed_in import the_env
from core.db import members, redemptions
from core.domain.errors import Refused
from core.domain.redemptions import CALM
from core.domain.staff import Role
from core.jobs.bell import EFFECTS
from core.services.cancelling import cancel
from core.services.member_page import can_be_cancelled
from core.services.noting import note_change


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    at = f"{MEMBER}/redemptions/<int:redemption_id>/cancel"
    blueprint.add_url_rule(at, "members_cancel", ask)
    blueprint.add_url_rule(at, "members_cancelled", do, methods=["POST"])


@least(Role.SUPPORT)
def ask(member_id: int, redemption_id: int) -> ResponseReturnValue:
    """What cancelling does, and the button that does it."""
    where = here()
    with the_env().database.read(where.store.store_id) as db:
        member = the_member(db, member_id)
        row = _the(db, member_id, redemption_id)
        name = name_of(called_here(db, member_id))
    if not can_be_cancelled(row):
        return redirect(url_for(".members_one", member_id=member_id, cancelled=redemption_id), 303)
    return render_template(
        "admin/member_cancel.html",
        member=member,
        name=name,
        redemption=row,
        store=where.store,
        minutes=int(CALM.total_seconds()) // 60,
    )


@least(Role.SUPPORT)
def do(member_id: int, redemption_id: int) -> ResponseReturnValue:
    """Take it back. Once more is as good as once."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    try:
        with env.database.write(store_id) as db:
            before = _the(db, member_id, redemption_id)
            after = cancel(db, where.store, redemption_id, env.now())
            if after.state != before.state:
                note_change(
                    db,
                    store_id,
                    where.who,
                    "redemption.cancelled",
                    f"redemption {redemption_id} of member {member_id}",
                    env.now(),
                    before=_told(before),
                    after=_told(after),
                )
    except Refused as refused:
        return said_no(member_id, told(str(refused)))
    env.bell.ring(EFFECTS, store_id)
    return redirect(url_for(".members_one", member_id=member_id, cancelled=redemption_id), 303)


def _the(db: Connection, member_id: int, redemption_id: int) -> Row[Any]:
    """Raises NotFound for one that is not this member's, nor of somebody who is this member now."""
    store_id = here().store.store_id
    row = redemptions.by_id(db, store_id, redemption_id)
    if row is None:
        raise NotFound
    if members.survivors(db, store_id, [row.member_id]).get(row.member_id, row.member_id) != member_id:
        raise NotFound
    return row


def _told(row: Row[Any]) -> dict[str, object]:
    return {"state": row.state, "points_back": row.restored_points}
