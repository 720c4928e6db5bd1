"""What can be done about deliveries that wait for somebody, and about calls that were set aside."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from admin.delivery_page import delivery_page
from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from core.domain.errors import Refused
from core.domain.staff import Role
from core.jobs.bell import DRAIN, EFFECTS
from core.services import rereading


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    for path, name, view in (
        ("/activity/deliveries/<int:inbox_id>/read-again", "activity_reread", reread),
        ("/activity/deliveries/<int:inbox_id>/close", "activity_close", close),
        ("/activity/read-dead-again", "activity_reread_dead", reread_dead),
        ("/activity/call-again", "activity_call_again", call_again),
    ):
        blueprint.add_url_rule(path, name, view, methods=["POST"])


@least(Role.SUPPORT)
def reread(inbox_id: int) -> ResponseReturnValue:
    """Read one delivery again. Harmless at any time: points end where the store's latest word puts them."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    try:
        with env.database.write(store_id) as db:
            rereading.read_again(db, store_id, inbox_id, where.who, env.now())
    except Refused as error:
        return delivery_page(inbox_id, problem=str(error))
    env.bell.ring(DRAIN, store_id)
    return redirect(url_for(".activity_delivery", inbox_id=inbox_id, done="again"), 303)


@least(Role.MANAGER)
def close(inbox_id: int) -> ResponseReturnValue:
    """Close a delivery that says nothing, or is another store's."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    try:
        with env.database.write(store_id) as db:
            rereading.dismiss(db, store_id, inbox_id, where.who, env.now())
    except Refused as error:
        return delivery_page(inbox_id, problem=str(error))
    return redirect(url_for(".activity_delivery", inbox_id=inbox_id, done="closed"), 303)


@least(Role.SUPPORT)
def reread_dead() -> ResponseReturnValue:
    """Read all again that could not be read."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    with env.database.write(store_id) as db:
        rereading.read_dead_again(db, store_id, where.who, env.now())
    env.bell.ring(DRAIN, store_id)
    return redirect(url_for(".home"), 303)


@least(Role.SUPPORT)
def call_again() -> ResponseReturnValue:
    """Try calls to the store again that were set aside."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    with env.database.write(store_id) as db:
        rereading.call_again(db, store_id, where.who, env.now())
    env.bell.ring(EFFECTS, store_id)
    return redirect(url_for(".home"), 303)
