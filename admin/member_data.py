"""What is held of a member, given out as a file; and forgetting who they are."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin.alone import alone
from admin.guards import least
from admin.here import here
from admin.member import MEMBER, called_here, the_member
from admin.member_adjust import said_no
from admin.naming import name_of
from admin.retelling import told
from admin.signed_in import the_env
from core.domain.errors import Refused
from core.domain.staff import Role
from core.jobs.bell import EFFECTS, FORGET
from core.services.erasing import erase
from core.services.exporting import as_text, export_of
from core.services.identifying import members_of, person_of
from core.services.noting import note_change
from core.services.terms import Sealing


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    blueprint.add_url_rule(f"{MEMBER}/export", "members_export", export, methods=["POST"])
    blueprint.add_url_rule(f"{MEMBER}/erase", "members_erase", ask)
    blueprint.add_url_rule(f"{MEMBER}/erase", "members_erased", forget, methods=["POST"])


@least(Role.OWNER)
def export(member_id: int) -> ResponseReturnValue:
    """All that is held of them, as a JSON file. That it was taken out is noted first."""
    env, where = the_env(), here()
    store, sealing = where.store, Sealing(env.secrets)
    with env.database.read_still(store.store_id) as db:
        the_member(db, member_id)
        person = person_of(db, store, member_id, sealing)
        if person is None:
            return said_no(member_id, _nobody())
        same = dict.fromkeys([member_id, *members_of(db, store, person, sealing)])
        text = as_text(export_of(db, store, same, sealing))
    with env.database.write(store.store_id) as db:
        after = {"members": list(same), "bytes": len(text.encode())}
        subject = f"member {member_id}"
        note_change(db, store.store_id, where.who, "member.exported", subject, env.now(), after=after)
    answer = Response(text, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="member-{member_id}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@least(Role.OWNER)
def ask(member_id: int) -> ResponseReturnValue:
    """What goes and what stays, and the form that does it."""
    return _form(member_id, "")


@least(Role.OWNER)
def forget(member_id: int) -> ResponseReturnValue:
    """Forget who they are, for good, once the member's number was typed."""
    env, where = the_env(), here()
    store, sealing = where.store, Sealing(env.secrets)
    if request.form.get("number", "").strip() != str(member_id):
        problem = _("Type %(number)s, the number of this member. Nothing was done.", number=member_id)
        return make_response(_form(member_id, problem), 422)
    try:
        with alone(env, store) as db:
            the_member(db, member_id)
            person = person_of(db, store, member_id, sealing)
            if person is None:
                raise Refused(_nobody())
            erased = erase(db, store, person, env.now(), sealing)
            note_change(
                db,
                store.store_id,
                where.who,
                "member.erased",
                f"member {member_id}",
                env.now(),
                after={"members": list(erased.member_ids)},
            )
    except Refused as refused:
        return said_no(member_id, told(str(refused)))
    env.bell.ring_all([(FORGET, store.store_id), (EFFECTS, store.store_id)])
    return redirect(url_for(".members_one", member_id=member_id, erased=1), 303)


def _nobody() -> str:
    return str(_("Nobody knows any more who this member was, so nothing is held of them."))


def _form(member_id: int, problem: str) -> Response | str:
    env, store = the_env(), here().store
    sealing = Sealing(env.secrets)
    with env.database.read(store.store_id) as db:
        member = the_member(db, member_id)
        name = name_of(called_here(db, member_id))
        person = person_of(db, store, member_id, sealing)
        same = [] if person is None else members_of(db, store, person, sealing)
    if person is None:
        return make_response(redirect(url_for(".members_one", member_id=member_id), 303))
    others = sorted(set(same) - {member_id})
    return render_template(
        "admin/member_erase.html", member=member, name=name, others=others, problem=problem
    )
