"""One's own account: name, language, password, and where one is signed in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin.guards import signed_in
from admin.known_browsers import know_browser
from admin.language import LANGUAGES
from admin.password_signing import counted_try, too_often
from admin.retelling import told
from admin.signed_in import give_cookie, rotate_session, the_env, the_person, the_session
from admin.typed import Typed
from core.domain.errors import Refused
from core.domain.passwords import LONGEST, SHORTEST, refuse_weak
from core.domain.staff import LONGEST_NAME
from core.services.passwords import hashed, matches
from core.services.sign_in_tries import a_try, forgive
from core.services.signing_in import sessions_of, sign_out_elsewhere
from core.services.staffing import (
    Person,
    choose_password,
    describe,
    password_hash_of,
    still_has,
)

BROWSERS = "browser"
"""The choice of whatever language the browser asks for."""


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/admin/account", "account", account)
    blueprint.add_url_rule("/admin/account", "account_save", save, methods=["POST"])
    blueprint.add_url_rule("/admin/account/password", "account_password", change_password, methods=["POST"])
    blueprint.add_url_rule("/admin/account/sign-out-elsewhere", "account_alone", alone, methods=["POST"])


@signed_in
def account() -> ResponseReturnValue:
    """What is kept of whoever asks."""
    return _page()


@signed_in
def save() -> ResponseReturnValue:
    """Another name, another language."""
    env, person, typed = the_env(), _staff(), Typed(request.form)
    name = typed.text("name", LONGEST_NAME, least=1)
    language = typed.choice("language", (BROWSERS, *LANGUAGES), BROWSERS)
    if typed.problems:
        return _page(typed.problems), 422
    locale = None if language == BROWSERS else language
    try:
        with env.database.write_all() as db:
            describe(db, person, name, locale, env.secrets, env.now())
    except Refused as error:
        return _page({"name": told(str(error))}), 422
    return redirect(url_for("admin.account", done="saved"), 303)


@signed_in
def change_password() -> ResponseReturnValue:
    """Another password: signed out everywhere, but in here again with a new session."""
    env, person = the_env(), _staff()
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        refuse_weak(new, person.email, person.name)
    except Refused as error:
        return _page({"new": told(str(error))}), 422
    counted = counted_try(a_try(env.secrets, f"account:{person.email}", request.remote_addr or ""))
    if counted is None:
        return too_often("admin/account.html", **_told({}))
    with env.database.read_all() as db:
        kept = password_hash_of(db, person.staff_id)
    is_theirs = kept is not None and matches(kept, old)
    changed = _signed_in_anew(person, kept, hashed(new), counted) if kept and is_theirs else None
    if changed is None:
        return _page({"old": _("This is not your password. Nothing was changed.")}), 422
    return changed


def _signed_in_anew(person: Person, kept: str, anew: str, counted: list[int]) -> ResponseReturnValue | None:
    """A new password and a new session; None when it was changed elsewhere just now."""
    with the_env().database.write_all() as db:
        if not still_has(db, person.staff_id, kept):
            return None
        forgive(db, counted)
        choose_password(db, person.staff_id, anew)
        session = rotate_session(db, person.staff_id)
    response = redirect(url_for("admin.account", done="password"), 303)
    give_cookie(response, session)
    know_browser(response, person, anew)
    return response


@signed_in
def alone() -> ResponseReturnValue:
    """Every other session of theirs is ended."""
    person, session = the_person(), the_session() or ""
    with the_env().database.write_all() as db:
        sign_out_elsewhere(db, person.staff_id if person else None, session)
    return redirect(url_for("admin.account", done="alone"), 303)


def _staff() -> Person:
    """Who asks; 404 for whoever runs this server, who has neither name nor password here."""
    person = the_person()
    if person is None:
        abort(404)
    return person


def _page(problems: dict[str, str] | None = None) -> str:
    return render_template("admin/account.html", **_told(problems or {}))


def _told(problems: dict[str, str]) -> dict[str, object]:
    env, person = the_env(), the_person()
    with env.database.read_all() as db:
        sessions = sessions_of(db, person.staff_id if person else None, the_session() or "", env.now())
    return {
        "person": person,
        "sessions": sessions,
        "problems": problems,
        "typed": request.form,
        "done": request.args.get("done", ""),
        "zone": ZoneInfo("UTC"),
        "shortest": SHORTEST,
        "longest": LONGEST,
        "longest_name": LONGEST_NAME,
    }
