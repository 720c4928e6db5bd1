"""What a store is called, and by which clock its days begin and end."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from admin.guards import least
from admin.here import here
from admin.retelling import told
from admin.signed_in import the_env
from admin.typed import Typed
from core.db import stores
from core.domain.errors import Refused
from core.domain.staff import Role
from core.domain.stores import Store, checked_name
from core.services.store_settings import Naming, StoreChanged, change_naming, naming_of


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/settings/store", "settings_store", look)
    blueprint.add_url_rule("/settings/store", "settings_store_save", save, methods=["POST"])


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Time zones people choose from: places, and UTC."""
    places = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/"))
    )
    return ("UTC", *sorted(places))


@least(Role.VIEWER)
def look() -> ResponseReturnValue:
    """How the store is called here, and what its clock says."""
    return _page(naming_of(here().store), Typed({}))


@least(Role.MANAGER)
def save() -> ResponseReturnValue:
    """Another name, another clock."""
    where, typed = here(), Typed(request.form)
    name = typed.text("name", 80, least=1)
    kept = naming_of(where.store).zone
    zone = typed.choice("zone", {*zones(), kept}, kept)
    wanted = Naming(name, zone)
    if "name" not in typed.problems:
        _check_name(where.store, name, typed)
    if typed.problems:
        return make_response(_page(Naming(request.form.get("name", ""), zone), typed), 422)
    seen = Naming(request.form.get("name_was", ""), request.form.get("zone_was", ""))
    try:
        with the_env().database.write(where.store.store_id) as db:
            change_naming(db, where.store, wanted, seen, where.who, the_env().now())
    except StoreChanged as changed:
        return make_response(_page(wanted, typed, theirs=changed.theirs), 409)
    except IntegrityError:
        typed.problems["name"] = _taken(name)
        return make_response(_page(wanted, typed), 422)
    return redirect(url_for(".settings_store", saved=1), 303)


def _check_name(store: Store, name: str, typed: Typed) -> None:
    try:
        checked_name(name)
    except Refused as refusal:
        typed.problems["name"] = told(str(refusal))
        return
    with the_env().database.read_all() as db:
        other = stores.store_by_name(db, name)
    if other is not None and other.store_id != store.store_id:
        typed.problems["name"] = _taken(name)


def _taken(name: str) -> str:
    return str(_("Another store on this server is called %(name)s. Choose another name.", name=name))


def _page(shown: Naming, typed: Typed, *, theirs: Store | None = None) -> str:
    """The form with what is shown in it; `theirs`: somebody saved that meanwhile."""
    where = here()
    return render_template(
        "admin/settings_store.html",
        store=where.store,
        now=the_env().now(),
        shown=shown,
        seen=naming_of(theirs or where.store),
        theirs=theirs,
        problems=typed.problems,
        zones=zones() if shown.zone in zones() else (shown.zone, *zones()),
        can_change=where.who.may(Role.MANAGER),
        is_saved="saved" in request.args,
    )
