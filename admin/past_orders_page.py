"""Where the choice about orders from before a store was connected is sent."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin.guards import least
from admin.here import here
from admin.past_orders import choose
from admin.signed_in import the_env
from admin.store_home import store_page
from core.domain.errors import Refused
from core.domain.staff import Role


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/past-orders", "choose_past_orders", choose_past_orders, methods=["POST"])


@least(Role.MANAGER)
def choose_past_orders() -> ResponseReturnValue:
    """What becomes of orders from before the store was connected."""
    try:
        choose(the_env(), here().store, request.form, here().who)
    except Refused as error:
        return make_response(store_page(problem=str(error)), 422)
    return redirect(url_for(".home", _anchor="past"), 303)
