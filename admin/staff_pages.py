"""Who works in a store: their roles, links that let them in, and taking them out."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection

from admin.guards import least
from admin.here import here
from admin.retelling import told
from admin.signed_in import the_env
from admin.typed import Typed
from admin.words import number
from core.domain.errors import Refused
from core.domain.people import LONGEST_ADDRESS
from core.domain.staff import LONGEST_NAME, Role
from core.services.appointing import (
    MOST_POINTS,
    Newcomer,
    Post,
    add_to_store,
    change_post,
    invite,
    remove_from_store,
)
from core.services.signing_in import last_used
from core.services.staffing import Member, NameRefused, Person, member_at, staff_of


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    one = "/settings/staff/<int:staff_id>"
    blueprint.add_url_rule("/settings/staff", "settings_staff", everybody_at_work)
    blueprint.add_url_rule("/settings/staff", "settings_staff_add", add, methods=["POST"])
    blueprint.add_url_rule(one, "settings_staff_one", look_at)
    blueprint.add_url_rule(one, "settings_staff_change", change, methods=["POST"])
    blueprint.add_url_rule(f"{one}/link", "settings_staff_link", make_a_link, methods=["POST"])
    blueprint.add_url_rule(f"{one}/remove", "settings_staff_before_removing", before_removing)
    blueprint.add_url_rule(f"{one}/remove", "settings_staff_remove", remove, methods=["POST"])


@least(Role.OWNER)
def everybody_at_work() -> ResponseReturnValue:
    """Who signs in here, what each may do, and the form that adds somebody."""
    return _list()


@least(Role.OWNER)
def add() -> ResponseReturnValue:
    """Somebody new; the link that lets them in is shown now, and never again."""
    env, where, typed = the_env(), here(), Typed(request.form)
    newcomer = Newcomer(
        typed.text("email", LONGEST_ADDRESS, least=1), typed.text("name", LONGEST_NAME, least=1)
    )
    _say_what_is_missing(typed)
    post = _post(typed)
    if typed.problems:
        return _list(typed), 422
    store_id, token, now = where.store.store_id, env.token(), env.now()
    try:
        with env.database.write_all() as db:
            person = add_to_store(db, store_id, where.who, newcomer, post, secrets=env.secrets, now=now)
            if person.has_password:
                token = ""
            else:
                invite(db, store_id, where.who, person, token, now)
    except Refused as error:
        typed.problems["name" if isinstance(error, NameRefused) else "email"] = told(str(error))
        return _list(typed), 422
    return link_page(person, token, url_for(".settings_staff"))


@least(Role.OWNER)
def look_at(staff_id: int) -> ResponseReturnValue:
    """One of them."""
    return _one(_seen(staff_id))


@least(Role.OWNER)
def change(staff_id: int) -> ResponseReturnValue:
    """Another role, another limit."""
    env, where, typed, member = the_env(), here(), Typed(request.form), _seen(staff_id)
    post = _post(typed)
    if typed.problems:
        return _one(member, typed), 422
    try:
        with env.database.write_all() as db:
            member = _member(db, staff_id)
            change_post(db, where.store.store_id, where.who, member, post, env.now())
    except Refused as error:
        typed.problems["role"] = told(str(error))
        return _one(member, typed), 409
    return redirect(url_for(".settings_staff", done="changed"), 303)


@least(Role.OWNER)
def make_a_link(staff_id: int) -> ResponseReturnValue:
    """A link that lets them in and choose a password; shown now, and never again."""
    env, where, member, token = the_env(), here(), _seen(staff_id), the_env().token()
    try:
        with env.database.write_all() as db:
            member = _member(db, staff_id)
            invite(db, where.store.store_id, where.who, member.person, token, env.now())
    except Refused as error:
        return _one(member, problem=told(str(error))), 409
    return link_page(member.person, token, url_for(".settings_staff"))


@least(Role.OWNER)
def before_removing(staff_id: int) -> ResponseReturnValue:
    """What removing does, and the button that does it."""
    return render_template("admin/staff_remove.html", member=_seen(staff_id))


@least(Role.OWNER)
def remove(staff_id: int) -> ResponseReturnValue:
    """They have nothing to do in the store any more."""
    env, where, member = the_env(), here(), _seen(staff_id)
    try:
        with env.database.write_all() as db:
            member = _member(db, staff_id)
            remove_from_store(db, where.store.store_id, where.who, member, env.secrets, env.now())
    except Refused as error:
        page = render_template("admin/staff_remove.html", member=member, problem=told(str(error)))
        return page, 409
    if member.person.staff_id == where.who.staff_id:
        return redirect(url_for("admin.home"), 303)
    return redirect(url_for(".settings_staff", done="removed"), 303)


def link_page(person: Person, token: str, back: str) -> str:
    """The link, this once. No token: they sign in with the password they have."""
    link = f"{the_env().settings.public_url}{url_for('admin.sign_in_page', token=token)}" if token else ""
    sign_in = f"{the_env().settings.public_url}{url_for('admin.sign_in_help')}"
    return render_template("admin/staff_link.html", person=person, link=link, sign_in=sign_in, back=back)


def _post(typed: Typed) -> Post:
    role = Role(typed.choice("role", list(Role), Role.VIEWER))
    limit = typed.whole_or_none("most_points", 0, MOST_POINTS) if role is Role.SUPPORT else None
    if "most_points" in typed.problems:
        typed.problems["most_points"] = _(
            "Enter a whole number from 0 to %(most)s, or leave it empty for no limit.",
            most=number(MOST_POINTS),
        )
    return Post(role, limit)


def _say_what_is_missing(typed: Typed) -> None:
    """Say of a field that was left empty what belongs there."""
    wanted = {
        "email": _("Enter the e-mail address they will sign in with, such as olive@example.com."),
        "name": _("Enter a name, such as Olive Green. The store’s history names them by it."),
    }
    for field, sentence in wanted.items():
        if not typed.values.get(field, "").strip():
            typed.problems[field] = sentence


def _seen(staff_id: int) -> Member:
    """One of this store's, as they are now; 404 for anybody else."""
    with the_env().database.read_all() as db:
        return _member(db, staff_id)


def _member(db: Connection, staff_id: int) -> Member:
    """The same, within a transaction that goes on."""
    member = member_at(db, here().store.store_id, staff_id, the_env().secrets)
    if member is None:
        abort(404)
    return member


def _list(typed: Typed | None = None) -> str:
    env, store_id = the_env(), here().store.store_id
    with env.database.read_all() as db:
        members = staff_of(db, store_id, env.secrets)
    return render_template(
        "admin/staff.html",
        members=members,
        roles=list(Role),
        last_used=last_used,
        typed=typed.values if typed else {},
        problems=typed.problems if typed else {},
        done=request.args.get("done", ""),
    )


def _one(member: Member, typed: Typed | None = None, problem: str = "") -> str:
    return render_template(
        "admin/staff_one.html",
        member=member,
        roles=list(Role),
        typed=typed.values if typed else {"role": member.role, "most_points": member.most_points},
        problems=typed.problems if typed else {},
        problem=problem,
    )
