"""Everybody who signs in on this server, for whoever runs it."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.guards import operator_only
from admin.signed_in import the_env
from admin.staff_pages import link_page
from core.domain.staff import operator
from core.services.appointing import end_person, invite_by_server
from core.services.signing_in import last_used
from core.services.staffing import Person, everybody_here, person_of

SHOWN: Final = 100


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    one = "/admin/staff/<int:staff_id>"
    blueprint.add_url_rule("/admin/staff", "server_staff", everybody_on_server)
    blueprint.add_url_rule(f"{one}/link", "server_staff_link", make_a_link, methods=["POST"])
    blueprint.add_url_rule(f"{one}/end", "server_staff_before_ending", before_ending)
    blueprint.add_url_rule(f"{one}/end", "server_staff_end", end, methods=["POST"])


@operator_only
def everybody_on_server() -> ResponseReturnValue:
    """Each with their stores and roles, as they came."""
    env, after = the_env(), request.args.get("after", "")
    above = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    with env.database.read_all() as db:
        page = everybody_here(db, env.secrets, SHOWN, above=above)
    return render_template(
        "admin/server_staff.html",
        page=page,
        last_used=last_used,
        zone=ZoneInfo("UTC"),
        done=request.args.get("done", ""),
    )


@operator_only
def make_a_link(staff_id: int) -> ResponseReturnValue:
    """A link that lets them in and choose a password; shown now, and never again."""
    env, person, token = the_env(), _person(staff_id), the_env().token()
    with env.database.write_all() as db:
        invite_by_server(db, person, token, env.now())
    return link_page(person, token, url_for("admin.server_staff"))


@operator_only
def before_ending(staff_id: int) -> ResponseReturnValue:
    """What ending does, and the button that does it."""
    return render_template("admin/server_staff_end.html", person=_person(staff_id))


@operator_only
def end(staff_id: int) -> ResponseReturnValue:
    """They sign in nowhere any more."""
    env, person = the_env(), _person(staff_id)
    with env.database.write_all() as db:
        end_person(db, operator(), person, env.secrets, env.now())
    return redirect(url_for("admin.server_staff", done="ended"), 303)


def _person(staff_id: int) -> Person:
    env = the_env()
    with env.database.read_all() as db:
        person = person_of(db, staff_id, env.secrets)
    if person is None:
        abort(404)
    return person
