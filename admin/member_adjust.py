"""Giving or taking a member's points by hand, and undoing it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin.guards import least
from admin.here import here
from admin.member import MEMBER, adjusting_facts, called_here, the_member
from admin.naming import name_of
from admin.retelling import told
from admin.signed_in import the_env
from admin.typed import Typed
from core.db import adjustments
from core.domain.adjusting import LONGEST_PRIVATE, LONGEST_PUBLIC, MOST_POINTS, UNDONE_WITHIN, Notes
from core.domain.errors import Refused
from core.domain.staff import Role
from core.services.adjusting import Adjustment, TokenTaken, TooMany, adjust
from core.services.terms import Sealing, load_terms
from core.services.undoing import undo_adjustment

LONGEST_TOKEN: Final = 80


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    at = f"{MEMBER}/adjust"
    blueprint.add_url_rule(at, "members_adjust", ask)
    blueprint.add_url_rule(at, "members_adjusted", do, methods=["POST"])
    of_one = f"{MEMBER}/adjustments/<int:adjustment_id>/undo"
    blueprint.add_url_rule(of_one, "members_undo_adjustment", undo, methods=["POST"])


@least(Role.SUPPORT)
def ask(member_id: int) -> ResponseReturnValue:
    """The form."""
    return _form(member_id, {}, {})


@least(Role.SUPPORT)
def do(member_id: int) -> ResponseReturnValue:
    """Adjust once for this form; 422 with the problem beside its field, 409 for a form sent before."""
    env, where = the_env(), here()
    typed, wanted = _read(member_id)
    if typed.problems:
        return _form(member_id, typed.values, typed.problems), 422
    try:
        with env.database.write(where.store.store_id) as db:
            the_member(db, member_id)
            terms = load_terms(db, where.store)
            row = adjust(db, terms, wanted, where.who, Sealing(env.secrets), env.now())
    except TokenTaken as taken:
        return _form(member_id, dict(typed.values) | {"token": ""}, {"form": told(str(taken))}), 409
    except TooMany as too_many:
        return _form(member_id, typed.values, {"points": told(str(too_many))}), 422
    except Refused as refused:
        return _form(member_id, typed.values, {"form": told(str(refused))}), 422
    return redirect(url_for(".members_one", member_id=member_id, adjusted=row.id), 303)


@least(Role.SUPPORT)
def undo(member_id: int, adjustment_id: int) -> ResponseReturnValue:
    """Undo one. Once more is as good as once."""
    env, where = the_env(), here()
    try:
        with env.database.write(where.store.store_id) as db:
            row = adjustments.by_id(db, where.store.store_id, adjustment_id)
            if row is None or row.member_id != member_id:
                raise Refused(_("This adjustment is another member's."))
            terms = load_terms(db, where.store)
            undo_adjustment(db, terms, adjustment_id, where.who, env.now())
    except Refused as refused:
        return said_no(member_id, told(str(refused)))
    return redirect(url_for(".members_one", member_id=member_id, adjusted=adjustment_id), 303)


def said_no(member_id: int, reason: str) -> ResponseReturnValue:
    """409: the page that says why something was not done, and leads back."""
    with the_env().database.read(here().store.store_id) as db:
        the_member(db, member_id)
        name = name_of(called_here(db, member_id))
    page = render_template("admin/member_said_no.html", member_id=member_id, name=name, reason=reason)
    return page, 409


def _read(member_id: int) -> tuple[Typed, Adjustment]:
    values = request.form.to_dict()
    values["private_note"] = " ".join(values.get("private_note", "").split())
    typed = Typed(values)
    points = typed.whole("points", -MOST_POINTS, MOST_POINTS)
    if not points and "points" not in typed.problems:
        typed.problems["points"] = _("Enter how many points: above 0 to add, below 0 to take away.")
    public = typed.text("public_note", LONGEST_PUBLIC, least=1)
    private = typed.text("private_note", LONGEST_PRIVATE)
    token = typed.text("token", LONGEST_TOKEN)
    if not token:
        typed.problems["form"] = _("The form came incomplete. Look it over and press the button again.")
    return typed, Adjustment(
        member_id, points, Notes(public, private), token, may_owe=typed.ticked("may_owe")
    )


def _form(member_id: int, values: object, problems: dict[str, str]) -> str:
    where = here()
    with the_env().database.read(where.store.store_id) as db:
        member = the_member(db, member_id)
        name = name_of(called_here(db, member_id))
        facts = adjusting_facts(db, load_terms(db, where.store))
    return render_template(
        "admin/member_adjust.html",
        member=member,
        name=name,
        adjust=facts,
        values=values,
        problems=problems,
        undone_within=UNDONE_WITHIN,
        may_owe=where.who.may(Role.MANAGER),
    )
