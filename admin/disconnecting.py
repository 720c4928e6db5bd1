"""Disconnecting a store."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from core.domain.errors import Refused
from core.domain.staff import Role
from core.jobs.bell import HOOKS
from core.services.leaving import leave
from core.services.noting import note_change


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/disconnect", "before_disconnecting", before_disconnecting)
    blueprint.add_url_rule("/disconnect", "disconnect", disconnect, methods=["POST"])


@least(Role.OWNER)
def before_disconnecting() -> ResponseReturnValue:
    """What disconnecting does, and the button that does it."""
    return render_template("admin/disconnect.html", store=here().store)


@least(Role.OWNER)
def disconnect() -> ResponseReturnValue:
    """Out of the store. Once more is as good as once."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    try:
        with env.database.write(store_id) as db:
            leave(db, where.store, env.now())
            note_change(db, store_id, where.who, "store.disconnected", where.store.name, env.now())
    except Refused:
        return redirect(url_for(".home"), 303)
    env.bell.ring(HOOKS, store_id)
    return redirect(url_for(".home"), 303)
