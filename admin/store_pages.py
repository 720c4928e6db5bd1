"""The pages of one store, as one blueprint that stands at two places.

At `/admin/stores/<id>/…` people are signed in here; at `/shopify/…` the same pages stand within Shopify's
admin. A page says `url_for(".members")` and stays at the place where it is.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from admin import (
    activity,
    delivery_page,
    disconnecting,
    excluding,
    history,
    member,
    member_adjust,
    member_codes,
    member_data,
    member_merge,
    members,
    past_orders_page,
    program,
    redelivering,
    rewards,
    settings,
    settings_branding,
    settings_data,
    settings_keys,
    settings_privacy,
    settings_rates,
    settings_retention,
    settings_store,
    settled_page,
    staff_pages,
    store_home,
)
from admin.frame import tell_templates
from admin.guards import NotAllowed
from admin.here import EMBEDDED, STAND_ALONE, Here, here, here_or_none
from admin.policy import protect
from admin.shopify_door import APP_BRIDGE, come_in, framed_by, keep_out
from admin.signed_in import (
    BadForm,
    NotSignedIn,
    csrf_token,
    is_from_elsewhere,
    refuse_forged_form,
    renew_cookie,
    the_env,
    the_person,
    the_session,
)
from admin.uploads import bound_body
from core.db import stores
from core.domain.stores import StoreState
from core.services.data_tasks import MOST_BYTES
from core.services.noting import note_change
from core.services.staffing import who_at

blueprint = Blueprint("store", __name__, template_folder="templates")

PAGES: Final = (
    *(store_home, past_orders_page, settled_page, disconnecting),
    program,
    rewards,
    *(members, excluding, member, member_adjust, member_codes, member_merge, member_data),
    *(activity, delivery_page, redelivering, history),
    *(settings, settings_store, settings_rates, settings_branding, settings_retention, settings_privacy),
    *(settings_keys, settings_data, staff_pages),
)
"""Each adds its own addresses, and says who may open them."""

for pages in PAGES:
    pages.add_to(blueprint)

tell_templates(blueprint)


def put_into(app: Flask) -> None:
    """Both places."""
    app.register_blueprint(blueprint, name=STAND_ALONE, url_prefix="/admin/stores/<int:store_id>")
    app.register_blueprint(blueprint, name=EMBEDDED, url_prefix="/shopify")


@blueprint.url_value_preprocessor
def take_store_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Pages ask `here` for their store, and not their address."""
    g.store_id = (values or {}).pop("store_id", None)


@blueprint.url_defaults
def add_store_id(endpoint: str, values: dict[str, Any]) -> None:
    """Links lead to pages of the same store, unless they name another."""
    where = here_or_none()
    if where is not None and endpoint.startswith(f"{STAND_ALONE}."):
        values.setdefault("store_id", where.store.store_id)


@blueprint.before_request
def enter() -> ResponseReturnValue | None:
    """Through the door of the place, or no further."""
    bound_body()
    came = come_in() if request.blueprint == EMBEDDED else _come_in_signed_in()
    if not isinstance(came, Here):
        return came
    g.here = came
    return None


def _come_in_signed_in() -> Here:
    """Raise NotSignedIn, BadForm, and NotFound for a store that is not theirs, as for one there is not."""
    env, session, store_id = the_env(), the_session(), g.store_id
    if session is None:
        raise NotSignedIn
    if request.method not in {"GET", "HEAD"} and is_from_elsewhere():
        raise BadForm
    refuse_forged_form(session)
    with env.database.read_all() as db:
        who = who_at(db, the_person(), store_id)
        store = stores.store_by_id(db, store_id) if who is not None else None
    if who is None or store is None or store.state is StoreState.WIPED:
        raise NotFound
    return Here(store, who, csrf_token(session))


@blueprint.after_request
def guard(response: Response) -> Response:
    """What browsers may do with the page; within Shopify's admin, who may show it."""
    where = here_or_none()
    if where is not None and where.is_embedded:
        response.headers["Content-Security-Policy"] = framed_by(where.store.webhook_path)
        response.headers["Link"] = f"<{APP_BRIDGE}>; rel=preload; as=script"
    if request.blueprint == EMBEDDED:
        return keep_out(response)
    renew_cookie(protect(response))
    return response


@blueprint.errorhandler(NotSignedIn)
def ask_to_sign_in(_error: NotSignedIn) -> ResponseReturnValue:
    """To the page that says how to sign in."""
    return redirect(url_for("admin.sign_in_help"), 303)


@blueprint.errorhandler(NotFound)
def say_not_there(_error: NotFound) -> ResponseReturnValue:
    """404, as a page: the same for what is not there and for what is somebody else's."""
    return render_template("admin/not_there.html"), 404


@blueprint.errorhandler(BadForm)
def refuse_form(_error: BadForm) -> ResponseReturnValue:
    """403, and what to do."""
    return render_template("admin/refused.html"), 403


@blueprint.errorhandler(RequestEntityTooLarge)
def refuse_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """413, and what would work; nothing of it was read."""
    return render_template("admin/too_large.html", most_megabytes=MOST_BYTES // 1_000_000), 413


@blueprint.errorhandler(NotAllowed)
def refuse_role(error: NotAllowed) -> ResponseReturnValue:
    """403, with the role it takes; the history of the store has it, too."""
    env, where = the_env(), here()
    with env.database.write(where.store.store_id) as db:
        note_change(
            db,
            where.store.store_id,
            where.who,
            "access.refused",
            request.path,
            env.now(),
            after={"needs": error.least, "has": where.who.role},
        )
    return render_template("admin/not_allowed.html", least=error.least), 403
