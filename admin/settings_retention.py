"""How long a store's raw deliveries are kept, and what is kept for ever."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from admin.typed import Typed
from core.domain.staff import Role
from core.domain.stores import Store
from core.services.exporting import KEPT
from core.services.store_settings import KEPT_LEAST, KEPT_MOST, StoreChanged, change_keeping


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/settings/retention", "settings_retention", look)
    blueprint.add_url_rule("/settings/retention", "settings_retention_save", save, methods=["POST"])


@least(Role.VIEWER)
def look() -> ResponseReturnValue:
    """What is kept, and how long."""
    return _page(str(here().store.bodies_kept_days), Typed({}))


@least(Role.OWNER)
def save() -> ResponseReturnValue:
    """Keep deliveries for another number of days. Fewer take a tick: what is older is deleted for good."""
    env, where, typed = the_env(), here(), Typed(request.form)
    days = typed.whole("days", KEPT_LEAST, KEPT_MOST, KEPT_LEAST)
    if typed.problems:
        return make_response(_page(request.form.get("days", ""), typed), 422)
    seen = Typed(request.form).whole("days_was", KEPT_LEAST, KEPT_MOST, 0)
    if days < where.store.bodies_kept_days == seen and request.form.get("fewer") != str(days):
        typed.problems["fewer"] = _("Tick this if you mean it. Nothing is changed yet.")
        return make_response(_page(str(days), typed), 422)
    try:
        with env.database.write(where.store.store_id) as db:
            change_keeping(db, where.store, days, seen, where.who, env.now())
    except StoreChanged as changed:
        return make_response(_page(str(days), typed, theirs=changed.theirs), 409)
    return redirect(url_for(".settings_retention", saved=1), 303)


def _page(shown: str, typed: Typed, *, theirs: Store | None = None) -> str:
    """The form with what is shown in it; `theirs`: somebody saved that meanwhile."""
    where = here()
    seen = theirs or where.store
    return render_template(
        "admin/settings_retention.html",
        store=where.store,
        shown=shown,
        seen=seen,
        fewer=_fewer(shown, seen),
        theirs=theirs,
        least=KEPT_LEAST,
        most=KEPT_MOST,
        exports_kept=KEPT.days,
        problems=typed.problems,
        can_change=where.who.may(Role.OWNER),
        is_saved="saved" in request.args,
    )


def _fewer(shown: str, seen: Store) -> int | None:
    """The days that are asked for, when they are fewer than those that count now."""
    days = Typed({"days": shown}).whole("days", KEPT_LEAST, KEPT_MOST, KEPT_MOST)
    return days if days < seen.bodies_kept_days else None
