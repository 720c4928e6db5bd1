"""Signing in by address and password."""

from __future__ import annotations

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.guards import everybody
from admin.home import first_page
from admin.known_browsers import know_browser, shown_mark
from admin.signed_in import give_cookie, rotate_session, the_env, the_session
from core.domain.people import LONGEST_ADDRESS, normal_email
from core.services.passwords import hashed, is_outdated, matches
from core.services.sign_in_tries import WITHIN, Try, a_try, count_try, forgive, is_too_often
from core.services.staffing import Person, person_by_email, renew_hash, still_has

log = structlog.get_logger()


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/admin/sign-in", "sign_in_help", sign_in_help)
    blueprint.add_url_rule("/admin/sign-in", "sign_in_by_password", sign_in_by_password, methods=["POST"])


@everybody
def sign_in_help() -> ResponseReturnValue:
    """The form, and how to get in without a password."""
    if the_session():
        return redirect(url_for("admin.home"), 303)
    return render_template("admin/sign_in_help.html")


@everybody
def sign_in_by_password() -> ResponseReturnValue:
    """Signed in; else the same answer, as fast, whether nobody has the address or the password is another."""
    env, typed = the_env(), request.form.get("email", "").strip()
    password = request.form.get("password", "")
    with env.database.read_all() as db:
        found = person_by_email(db, typed, env.secrets)
    person, kept = found or (None, None)
    address = (normal_email(typed) or typed.casefold())[:LONGEST_ADDRESS]
    tried = a_try(env.secrets, address, request.remote_addr or "", known_browser=shown_mark(person, kept))
    counted = counted_try(tried)
    if counted is None:
        return too_often("admin/sign_in_help.html", email=typed)
    if matches(kept, password) and person is not None and kept is not None:
        session = _enter(person, kept, password, counted)
        if session is not None:
            return session
    log.info("sign_in.failed", tried=tried.name)
    return render_template("admin/sign_in_help.html", email=typed, failed=True), 422


def counted_try(tried: Try) -> list[int] | None:
    """What `forgive` needs once the password was right; None: too many failed, it is not looked at."""
    env = the_env()
    with env.database.read_all() as db:
        is_shut = is_too_often(db, tried, env.now())
    if is_shut:
        log.warning("sign_in.too_often", tried=tried.name)
        return None
    with env.database.write_all() as db:
        return count_try(db, tried, env.now())


def too_often(template: str, **told: object) -> ResponseReturnValue:
    """429, with what to do."""
    page = make_response(render_template(template, too_often=True, **told), 429)
    page.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    return page


def _enter(person: Person, kept: str, password: str, counted: list[int]) -> ResponseReturnValue | None:
    """A new session for whoever knew the password; None when it was changed just now."""
    env = the_env()
    anew = hashed(password) if is_outdated(kept) else kept
    with env.database.write_all() as db:
        if not still_has(db, person.staff_id, kept):
            return None
        forgive(db, counted)
        renew_hash(db, person.staff_id, kept, anew)
        session = rotate_session(db, person.staff_id)
    response = redirect(first_page(session), 303)
    give_cookie(response, session)
    know_browser(response, person, anew)
    return response
