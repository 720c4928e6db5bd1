"""The list of stores: where each stands, what happened in it today, and what needs somebody."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from admin.guards import signed_in
from admin.signed_in import the_env, the_person
from core.db import stores
from core.services.overview import look_over
from core.services.signing_in import session_of
from core.services.staffing import person_of, stores_open_to


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/admin", "home", home, strict_slashes=False)


@signed_in
def home() -> ResponseReturnValue:
    """All stores on one page; those alone that are open to who asks."""
    env = the_env()
    with env.database.read_all() as db:
        open_to = stores_open_to(db, the_person())
        seen = [one for one in look_over(db, env.now()) if open_to is None or one.store.store_id in open_to]
    return render_template("admin/home.html", stores=seen, needing=sum(1 for one in seen if one.notices))


def first_page(session: str) -> str:
    """Where somebody goes who has just signed in: into the store, if there is but one for them."""
    env = the_env()
    with env.database.read_all() as db:
        found = session_of(db, session, env.now())
        staff_id = found.staff_id if found else None
        open_to = stores_open_to(db, None if staff_id is None else person_of(db, staff_id, env.secrets))
        theirs = [one for one in stores.all_stores(db) if open_to is None or one.store_id in open_to]
    return url_for("store.home", store_id=theirs[0].store_id) if len(theirs) == 1 else url_for("admin.home")
