"""Signing in to the settings pages by a link, and signing out.

A link of somebody of the staff lets them choose a password on the way in, which they must if they have none.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.guards import everybody, signed_in
from admin.home import first_page
from admin.known_browsers import know_browser
from admin.retelling import told
from admin.signed_in import give_cookie, rotate_session, take_cookie, the_env, the_session
from core.domain.errors import Refused
from core.domain.passwords import LONGEST, SHORTEST, refuse_weak
from core.services.passwords import hashed
from core.services.signing_in import Link, good_link, sign_out, use_link
from core.services.staffing import Person, choose_password, person_of


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/admin/sign-in/<token>", "sign_in_page", sign_in_page)
    blueprint.add_url_rule("/admin/sign-in/<token>", "sign_in_by_link", sign_in_by_link, methods=["POST"])
    blueprint.add_url_rule("/admin/sign-out", "leave", leave, methods=["POST"])


@everybody
def sign_in_page(token: str) -> ResponseReturnValue:
    """A button. To look at the page uses nothing up: mail and chat programs look at every link."""
    link, person = _looked_up(token)
    return _ended() if link is None else _form(person)


@everybody
def sign_in_by_link(token: str) -> ResponseReturnValue:
    """Signed in, once; the link itself is what proves the form."""
    link, person = _looked_up(token)
    if link is None:
        return _ended()
    if person is not None and ("password" in request.form or not person.has_password):
        return _choose(token, person, request.form.get("password", ""))
    return _enter(token, person, "")


@signed_in
def leave() -> ResponseReturnValue:
    """Signed out, here and in the database."""
    session = the_session()
    if session:
        with the_env().database.write_all() as db:
            sign_out(db, session)
    response = redirect(url_for("admin.sign_in_help"), 303)
    take_cookie(response)
    return response


def _looked_up(token: str) -> tuple[Link | None, Person | None]:
    """A good link, and whom it signs in; no person: whoever runs this server."""
    env = the_env()
    with env.database.read_all() as db:
        link = good_link(db, token, env.now())
        if link is None or link.staff_id is None:
            return link, None
        person = person_of(db, link.staff_id, env.secrets)
    return (None, None) if person is None else (link, person)


def _choose(token: str, person: Person, password: str) -> ResponseReturnValue:
    try:
        refuse_weak(password, person.email, person.name)
    except Refused as error:
        return _form(person, told(str(error))), 422
    return _enter(token, person, hashed(password))


def _enter(token: str, person: Person | None, password_hash: str) -> ResponseReturnValue:
    env = the_env()
    with env.database.write_all() as db:
        link = use_link(db, token, env.now())
        if link is not None and person is not None and password_hash:
            choose_password(db, person.staff_id, password_hash)
        session = rotate_session(db, link.staff_id) if link is not None else None
    if session is None:
        return _ended()
    response = redirect(first_page(session), 303)
    give_cookie(response, session)
    if person is not None and password_hash:
        know_browser(response, person, password_hash)
    return response


def _form(person: Person | None, problem: str = "") -> str:
    return render_template(
        "admin/sign_in.html", person=person, problem=problem, shortest=SHORTEST, longest=LONGEST
    )


def _ended() -> ResponseReturnValue:
    return render_template("admin/link_ended.html"), 404
