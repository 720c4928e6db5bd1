"""One store's page, and disconnecting it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.past_orders import choose, seen_past_orders
from admin.policy import leaving
from admin.settled import fetch_missing, look_again, seen_settled
from admin.signed_in import signed_in, the_env
from core.db import hooks, stores
from core.domain.connecting import HandsOverKeys
from core.domain.errors import Refused
from core.domain.stores import Store, StoreState
from core.jobs.bell import HOOKS
from core.services.leaving import leave
from core.services.overview import glance_at


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    at = "/admin/stores/<int:store_id>"
    blueprint.add_url_rule(at, "store", store)
    blueprint.add_url_rule(f"{at}/past-orders", "choose_past_orders", choose_past_orders, methods=["POST"])
    blueprint.add_url_rule(f"{at}/compare", "compare_again", compare_again, methods=["POST"])
    blueprint.add_url_rule(f"{at}/fetch", "fetch_missing_orders", fetch_missing_orders, methods=["POST"])
    blueprint.add_url_rule(f"{at}/disconnect", "before_disconnecting", before_disconnecting)
    blueprint.add_url_rule(f"{at}/disconnect", "disconnect", disconnect, methods=["POST"])


@signed_in
def store(store_id: int) -> ResponseReturnValue:
    """What is known of a store, and what can be done about it."""
    return _page(_found(store_id))


@signed_in
def choose_past_orders(store_id: int) -> ResponseReturnValue:
    """What becomes of orders from before the store was connected."""
    found = _found(store_id)
    try:
        choose(the_env(), found, request.form)
    except Refused as error:
        return _page(found, problem=str(error)), 422
    return redirect(url_for("admin.store", store_id=store_id, _anchor="past"), 303)


@signed_in
def compare_again(store_id: int) -> ResponseReturnValue:
    """Have the store's orders compared with what is settled here."""
    look_again(the_env(), _found(store_id))
    return redirect(url_for("admin.store", store_id=store_id, _anchor="settled"), 303)


@signed_in
def fetch_missing_orders(store_id: int) -> ResponseReturnValue:
    """Have the orders fetched that the last comparison missed."""
    fetch_missing(the_env(), _found(store_id))
    return redirect(url_for("admin.store", store_id=store_id, _anchor="settled"), 303)


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


def _page(found: Store, problem: str = "") -> Response:
    env = the_env()
    with env.database.read(found.store_id) as db:
        seen = glance_at(db, found, env.now())
        made = hooks.of_store(db, found.store_id)
        settled = seen_settled(db, found, env.now())
    page = render_template(
        "admin/store.html",
        seen=seen,
        hooks=made,
        can_connect=isinstance(env.platforms[found.platform], HandsOverKeys),
        past=seen_past_orders(env, found),
        past_problem=problem,
        settled=settled,
    )
    return leaving(make_response(page), over_http=bool(env.settings.allowed_networks))


def _found(store_id: int) -> Store:
    """The store; 404 when there is none, or nothing of it is left."""
    with the_env().database.read(store_id) as db:
        found = stores.store_by_id(db, store_id)
    if found is None or found.state is StoreState.WIPED:
        abort(404)
    return found
