"""Installing by Shopify's own question to the merchant: the fallback where no session token can be had.

What comes back counts only in the browser that was sent, once, within ten minutes.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Final

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from admin.guards import everybody
from admin.shopify_door import FRAMED_BY_NOBODY
from admin.shopify_visits import LacksRights, apps_here, install
from admin.signed_in import the_env
from core.db import apps as app_rows
from core.domain.errors import BadVisit, PlatformTrouble, Refused
from core.domain.grants import App
from integrations.shopify.signed_query import shop_in, signer, single

blueprint = Blueprint("shopify_install", __name__, template_folder="templates")

LASTS: Final = timedelta(minutes=10)
CALLBACK: Final = "/shopify/callback"

log = structlog.get_logger()


class NotThisBrowser(Exception):
    """What came back was not asked for by this browser, or it came back before."""


@blueprint.get("/shopify/install")
@everybody
def begin() -> ResponseReturnValue:
    """Send a browser that Shopify sent us, signed, to Shopify's question."""
    env = the_env()
    parameters = single(request.args.items(multi=True))
    app, shop = signer(parameters, apps_here(env), env.now()), shop_in(parameters)
    state = env.token()
    with env.database.write_all() as db:
        app_rows.begin_install(db, state, app.app_id, shop, env.now() + LASTS)
    back_to = f"{env.settings.public_url}{CALLBACK}"
    answer = make_response(redirect(env.grants().consent_address(shop, app, back_to, state)))
    answer.set_cookie(
        _cookie_name(),
        state,
        max_age=LASTS,
        secure=_is_https(),
        httponly=True,
        samesite="Lax",
    )
    return answer


@blueprint.get(CALLBACK)
@everybody
def finish() -> ResponseReturnValue:
    """The merchant said yes: the store is connected, and she goes on to the app's page."""
    env = the_env()
    parameters = single(request.args.items(multi=True))
    app, shop = signer(parameters, apps_here(env), env.now()), shop_in(parameters)
    _end(parameters.get("state", ""), app, shop)
    grant = env.grants().by_code(shop, app, parameters.get("code", ""))
    store = install(env, shop, app, grant)
    log.info("store.installed", store_id=store.store_id)
    answer = make_response(redirect(env.grants().page_address(shop, app), 303))
    answer.delete_cookie(_cookie_name(), secure=_is_https(), httponly=True, samesite="Lax")
    return answer


def _end(state: str, app: App, shop: str) -> None:
    """Return when this browser began this very installation, which is over with this; else NotThisBrowser."""
    env, held = the_env(), request.cookies.get(_cookie_name(), "")
    if not state or not hmac.compare_digest(state.encode(), held.encode()):
        raise NotThisBrowser("the state is not this browser's")
    with env.database.write_all() as db:
        begun = app_rows.end_install(db, state, env.now())
    if begun != (app.app_id, shop):
        raise NotThisBrowser("no such installation is under way")


def _cookie_name() -> str:
    """Over https browsers hold it to this very host."""
    return "__Host-regulars-install" if _is_https() else "regulars-install"


def _is_https() -> bool:
    return the_env().settings.public_url.startswith("https://")


@blueprint.after_request
def guard(response: Response) -> Response:
    """Kept by nobody on its way, framed by nobody."""
    response.headers["Cache-Control"] = "no-store"
    response.headers.setdefault("Content-Security-Policy", FRAMED_BY_NOBODY)
    return response


@blueprint.errorhandler(BadVisit)
def refuse(error: BadVisit) -> ResponseReturnValue:
    """400: Shopify does not send browsers here like that."""
    log.warning("install.refused", reason=str(error))
    return render_template("admin/shopify/outside.html"), 400


@blueprint.errorhandler(NotThisBrowser)
def forbid(error: NotThisBrowser) -> ResponseReturnValue:
    """403, and how to begin anew."""
    log.warning("install.of_another_browser", reason=str(error))
    return render_template("admin/shopify/again.html"), 403


@blueprint.errorhandler(LacksRights)
def name_lacking(error: LacksRights) -> ResponseReturnValue:
    """What the merchant would have to grant."""
    return render_template("admin/shopify/lacks_rights.html", lacking=error.lacking), 403


@blueprint.errorhandler(PlatformTrouble)
@blueprint.errorhandler(Refused)
def start_again(error: Exception) -> ResponseReturnValue:
    """Nothing was changed: begin anew."""
    log.warning("install.failed", reason=str(error)[:200])
    return render_template("admin/shopify/again.html"), 409
