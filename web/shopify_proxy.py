"""A shopper's own points below the store's address, by Shopify's app proxy: its signature says who it is."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from admin.shopify_visits import apps_here
from core.db import members, stores
from core.domain.errors import BadVisit
from core.domain.stores import StoreState
from integrations.shopify.proxied import Shopper, read_shopper
from web.opened import the_env, unkept
from web.responses import response_of
from webhooks.answers import problem

blueprint = Blueprint("shopify_proxy", __name__)


@blueprint.get("/shopify/proxy")
def points() -> Response:
    """The points of whoever is signed in at the store; zeros for a customer who has none yet.

    {"signed_in": false} for a visitor nobody knows. Only reads: such a request can be sent again.
    """
    env = the_env()
    shopper = read_shopper(request.args.items(multi=True), apps_here(env), env.now())
    return unkept(jsonify(_told(shopper)))


def _told(shopper: Shopper) -> dict[str, object]:
    if shopper.customer_ref is None:
        return {"signed_in": False}
    env = the_env()
    with env.database.read_all() as db:
        found = stores.store_by_webhook_path(db, "shopify", shopper.shop)
    if found is None or found[0].state is not StoreState.CONNECTED:
        return {"signed_in": False}
    with env.database.read(found[0].store_id) as db:
        row = members.by_customer_ref(db, found[0].store_id, shopper.customer_ref)
    balance = None if row is None else members.balance_of(row)
    return {
        "signed_in": True,
        "available_points": balance.available_points if balance else 0,
        "pending_points": balance.pending_points if balance else 0,
    }


@blueprint.errorhandler(BadVisit)
def refuse(_error: BadVisit) -> Response:
    """401, the same whatever is wrong with it."""
    return response_of(problem(401, "bad_signature", "Ask through the store's own address."))
