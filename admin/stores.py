"""One store's page, and disconnecting it."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin.policy import leaving
from admin.signed_in import signed_in, the_env
from core.db import hooks, stores
from core.domain.connecting import HandsOverKeys
from core.domain.errors import Refused
from core.domain.stores import Standing, Store
from core.jobs.bell import HOOKS
from core.services.leaving import leave
from core.services.overview import glance_at


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    at = "/admin/stores/<int:store_id>"
    blueprint.add_url_rule(at, "store", store)
    blueprint.add_url_rule(f"{at}/disconnect", "before_disconnecting", before_disconnecting)
    blueprint.add_url_rule(f"{at}/disconnect", "disconnect", disconnect, methods=["POST"])


@signed_in
def store(store_id: int) -> ResponseReturnValue:
    """What is known of a store, and what can be done about it."""
    env, found = the_env(), _found(store_id)
    with env.database.read(store_id) as db:
        seen = glance_at(db, found, env.now())
        made = hooks.of_store(db, store_id)
    can_connect = isinstance(env.platforms[found.platform], HandsOverKeys)
    page = render_template("admin/store.html", seen=seen, hooks=made, can_connect=can_connect)
    return leaving(make_response(page), over_http=bool(env.settings.allowed_networks))


@signed_in
def before_disconnecting(store_id: int) -> ResponseReturnValue:
    """What disconnecting does, and the button that does it."""
    return render_template("admin/disconnect.html", store=_found(store_id))


@signed_in
def disconnect(store_id: int) -> ResponseReturnValue:
    """Out of the store. Once more is as good as once."""
    env, found = the_env(), _found(store_id)
    try:
        with env.database.write(store_id) as db:
            leave(db, found, env.now())
    except Refused:
        return redirect(url_for("admin.store", store_id=store_id), 303)
    env.bell.ring(HOOKS, store_id)
    return redirect(url_for("admin.store", store_id=store_id), 303)


def _found(store_id: int) -> Store:
    """The store; 404 when there is none, or nothing of it is left."""
    with the_env().database.read(store_id) as db:
        found = stores.store_by_id(db, store_id)
    if found is None or found.state is Standing.WIPED:
        abort(404)
    return found
