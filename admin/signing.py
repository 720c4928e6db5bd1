"""Signing in by a link that whoever runs this server makes, and signing out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin.guards import everybody, signed_in
from admin.home import first_page
from admin.signed_in import give_cookie, take_cookie, the_env, the_session
from core.services.signing_in import can_sign_in, sign_in, sign_out


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/admin/sign-in", "sign_in_help", sign_in_help)
    blueprint.add_url_rule("/admin/sign-in/<token>", "sign_in_page", sign_in_page)
    blueprint.add_url_rule("/admin/sign-in/<token>", "use_link", use_link, methods=["POST"])
    blueprint.add_url_rule("/admin/sign-out", "leave", leave, methods=["POST"])


@everybody
def sign_in_help() -> ResponseReturnValue:
    """How to get in."""
    if the_session():
        return redirect(url_for("admin.home"), 303)
    return render_template("admin/sign_in_help.html")


@everybody
def sign_in_page(token: str) -> ResponseReturnValue:
    """A button. To look at the page uses nothing up: mail and chat programs look at every link."""
    env = the_env()
    with env.database.read_all() as db:
        is_good = can_sign_in(db, token, env.now())
    if not is_good:
        return render_template("admin/link_ended.html"), 404
    return render_template("admin/sign_in.html")


@everybody
def use_link(token: str) -> ResponseReturnValue:
    """Signed in, once; the link itself is what proves the form."""
    env = the_env()
    session = env.token()
    with env.database.read_all() as db:
        is_good = can_sign_in(db, token, env.now())
    if is_good:
        with env.database.write_all() as db:
            is_good = sign_in(db, token, session, env.now())
    if not is_good:
        return render_template("admin/link_ended.html"), 404
    response = redirect(first_page(session), 303)
    give_cookie(response, session)
    return response


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
