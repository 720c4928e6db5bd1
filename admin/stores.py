"""One store's page."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from admin.signed_in import signed_in, the_env
from core.db import stores
from core.services.overview import glance_at


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/admin/stores/<int:store_id>", "store", store)


@signed_in
def store(store_id: int) -> ResponseReturnValue:
    """What is known of a store, and what can be done about it."""
    env = the_env()
    with env.database.read(store_id) as db:
        found = stores.store_by_id(db, store_id)
        seen = glance_at(db, found, env.now()) if found else None
    if seen is None:
        abort(404)
    return render_template("admin/store.html", seen=seen)
