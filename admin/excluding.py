"""Excluding a member, and taking one in again: a page that says what it does, and the button that does it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from admin.guards import least
from admin.here import here
from admin.members import member_url
from admin.naming import name_of
from admin.signed_in import the_env
from admin.typed import Typed
from core.db import member_lists, members
from core.domain.errors import Refused
from core.domain.staff import Role
from core.jobs.bell import EFFECTS
from core.services.excluding import LONGEST_WHY, exclude, include
from core.services.naming import called_by
from core.services.terms import Sealing

_Act = Callable[..., None]


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    excluding, including = "/members/<int:member_id>/exclude", "/members/<int:member_id>/include"
    blueprint.add_url_rule(excluding, "members_before_exclude", members_before_exclude)
    blueprint.add_url_rule(excluding, "members_exclude", members_exclude, methods=["POST"])
    blueprint.add_url_rule(including, "members_before_include", members_before_include)
    blueprint.add_url_rule(including, "members_include", members_include, methods=["POST"])


@least(Role.MANAGER)
def members_before_exclude(member_id: int) -> ResponseReturnValue:
    """What excluding does, and the button that does it."""
    return _page(member_id, is_excluding=True)


@least(Role.MANAGER)
def members_exclude(member_id: int) -> ResponseReturnValue:
    """Out of the program. Once more is as good as once."""
    return _done(member_id, exclude, is_excluding=True)


@least(Role.MANAGER)
def members_before_include(member_id: int) -> ResponseReturnValue:
    """What taking somebody in again does, and the button that does it."""
    return _page(member_id, is_excluding=False)


@least(Role.MANAGER)
def members_include(member_id: int) -> ResponseReturnValue:
    """In again. Once more is as good as once."""
    return _done(member_id, include, is_excluding=False)


def _done(member_id: int, act: _Act, *, is_excluding: bool) -> ResponseReturnValue:
    env, where = the_env(), here()
    typed = Typed(request.form)
    why = typed.text("why", LONGEST_WHY)
    if typed.problems:
        return _page(member_id, is_excluding=is_excluding, problems=typed.problems)
    try:
        with env.database.write(where.store.store_id) as db:
            act(db, where.store, member_id, where.who, why, env.now(), sealing=Sealing(env.secrets))
    except Refused as refusal:
        return _page(member_id, is_excluding=is_excluding, problems={"": str(refusal)})
    env.bell.ring(EFFECTS, where.store.store_id)
    return redirect(member_url(member_id) or url_for(".members"), 303)


def _page(
    member_id: int, *, is_excluding: bool, problems: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Raises NotFound for a member this store does not have."""
    env, store_id = the_env(), here().store.store_id
    with env.database.read(store_id) as db:
        row = members.by_id(db, store_id, member_id)
        known = member_lists.people(db, store_id, [member_id])
    if row is None:
        raise NotFound
    shown = render_template(
        "admin/exclude.html",
        member=row,
        name=name_of(called_by(known[member_id], Sealing(env.secrets))),
        back=member_url(member_id) or url_for(".members"),
        is_excluding=is_excluding,
        why=request.form.get("why", ""),
        longest=LONGEST_WHY,
        problems=problems or {},
    )
    return (shown, 422) if problems else shown
