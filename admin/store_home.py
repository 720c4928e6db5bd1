"""A store's first page: where it stands, what today brought, what needs somebody."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from admin.guards import least
from admin.here import here
from admin.past_orders import seen_past_orders
from admin.policy import leaving
from admin.settled import seen_settled
from admin.signed_in import the_env
from core.db import hooks
from core.domain.connecting import HandsOverKeys
from core.domain.staff import Role
from core.services.front_page import front_page


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("", "home", home)


@least(Role.VIEWER)
def home() -> ResponseReturnValue:
    """What is known of the store, and what can be done about it."""
    return store_page()


def store_page(problem: str = "") -> ResponseReturnValue:
    """The page; `problem`: why what was chosen about past orders was not done."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        page = front_page(db, store, env.now())
        made = hooks.of_store(db, store.store_id)
        settled = seen_settled(db, store, env.now())
    shown = render_template(
        "admin/store.html",
        page=page,
        seen=page.glance,
        hooks=made,
        can_connect=isinstance(env.platforms[store.platform], HandsOverKeys),
        past=seen_past_orders(env, store),
        past_problem=problem,
        settled=settled,
    )
    return leaving(make_response(shown), over_http=bool(env.settings.allowed_networks))
