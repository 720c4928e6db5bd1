"""People who asked what is held of them, and how many asked to be forgotten."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from core.db import exports, tombstones
from core.domain.staff import Role
from core.services.exporting import asked_exports, pass_on
from core.services.noting import note_change
from core.services.terms import Sealing


def add_to(blueprint: Blueprint) -> None:
    """Its addresses. A document is sent for by a form: looking at a page gives nobody's data away."""
    blueprint.add_url_rule("/settings/privacy", "settings_privacy", look)
    one = "/settings/privacy/<int:export_id>"
    blueprint.add_url_rule(f"{one}/document", "settings_privacy_open", send_document, methods=["POST"])
    blueprint.add_url_rule(f"{one}/passed-on", "settings_privacy_passed", passed_on, methods=["POST"])


@least(Role.VIEWER)
def look() -> ResponseReturnValue:
    """Who asked, and what is to be done about it."""
    where = here()
    with the_env().database.read(where.store.store_id) as db:
        asked = asked_exports(db, where.store.store_id)
        forgotten = tombstones.people(db, where.store.store_id)
    return render_template(
        "admin/settings_privacy.html",
        store=where.store,
        asked=asked,
        open_count=sum(one.is_open for one in asked),
        forgotten=forgotten,
        can_open=where.who.may(Role.OWNER),
        is_passed="passed" in request.args,
    )


@least(Role.OWNER)
def send_document(export_id: int) -> ResponseReturnValue:
    """The document as the person is given it. The history says who took it."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    with env.database.write(store_id) as db:
        sealed = exports.sealed(db, store_id, export_id)
        if sealed is None:
            raise NotFound
        note_change(db, store_id, where.who, "export.opened", f"export {export_id}", env.now())
    text = Sealing(env.secrets).open_document(sealed)
    if where.is_embedded:
        # Scripts fetch whatever is asked for there, and a script can save no file: it is shown, to be copied.
        return render_template("admin/settings_privacy_document.html", text=text, export_id=export_id)
    answer = Response(text, content_type="application/json; charset=utf-8")
    name = f"store-{store_id}-export-{export_id}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@least(Role.OWNER)
def passed_on(export_id: int) -> ResponseReturnValue:
    """Whoever asked has it now. Once more is as good as once."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    with env.database.write(store_id) as db:
        one = next((one for one in asked_exports(db, store_id) if one.export_id == export_id), None)
        if one is None:
            raise NotFound
        if pass_on(db, store_id, one.request_ref):
            note_change(db, store_id, where.who, "export.passed_on", f"export {export_id}", env.now())
    return redirect(url_for(".settings_privacy", passed=1), 303)
