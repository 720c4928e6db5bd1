"""The app's page within Shopify's admin, and the page that has a stale proof of it renewed.

Nobody signs in here: each request carries a session token of Shopify's, which says which shop it is for. No
cookie is read or set, so there is nothing a page of somebody else's could make use of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.past_orders import choose, seen_past_orders
from admin.shopify_visits import LacksRights, apps_here, let_in
from admin.signed_in import the_env
from core.db import apps as app_rows
from core.db import stores
from core.domain.api_keys import key_in
from core.domain.errors import BadVisit, PlatformTrouble, Refused, StaleVisit
from core.domain.grants import App
from core.domain.stores import Store
from core.services.front_page import FrontPage, front_page
from integrations.shopify.adapter import shop_domain
from integrations.shopify.id_token import Visit, app_named, read_visit
from integrations.shopify.signed_query import Malformed, single
from webhooks.answers import problem

blueprint = Blueprint("shopify_home", __name__, template_folder="templates")

APP_BRIDGE: Final = "https://cdn.shopify.com/shopifycloud/app-bridge.js"
RETRY: Final = "X-Shopify-Retry-Invalid-Session-Request"
FETCHED: Final = "/shopify/state"
PAST_ORDERS: Final = "/shopify/past-orders"
RELOAD: Final = "shopify-reload"
FRAMED_BY_NOBODY: Final = "frame-ancestors 'none'"

_REST_OF_POLICY: Final = "; base-uri 'none'; object-src 'none'; script-src 'self' https://cdn.shopify.com"

log = structlog.get_logger()


@blueprint.get("/shopify")
def home() -> ResponseReturnValue:
    """The page, for the shop its session token names. A stale token has the browser fetch a new one."""
    parameters = single(request.args.items(multi=True))
    id_token = parameters.pop("id_token", "")
    try:
        visit = read_visit(id_token, apps_here(the_env()), the_env().now())
        page = _page_of(visit)
        shown = seen_past_orders(the_env(), page.glance.store)
    except StaleVisit as stale:
        log.info("visit.stale", reason=str(stale))
        return _elsewhere(parameters, id_token)
    answer = make_response(
        render_template("admin/shopify/home.html", page=page, visit=visit, past=shown, is_embedded=True)
    )
    answer.headers["Content-Security-Policy"] = framed_by(visit.shop)
    answer.headers["Link"] = f"<{APP_BRIDGE}>; rel=preload; as=script"
    return answer


@blueprint.get(FETCHED)
def state() -> ResponseReturnValue:
    """The page's numbers for its own script, which sends a fresh session token along."""
    page = _page_of(_visitor())
    return jsonify(
        {
            "state": page.glance.store.state,
            "orders_today": page.glance.today.orders,
            "points_today": page.glance.today.points,
            "waiting": page.waiting,
        }
    )


@blueprint.route(PAST_ORDERS, methods=["GET", "POST"])
def past() -> ResponseReturnValue:
    """What becomes of orders from before, as a part of the page; sent as a form, it is chosen first.

    A form of somebody else's carries no session token, and is refused.
    """
    env = the_env()
    store, refusal = _store_of(_visitor()), ""
    if request.method == "POST":
        try:
            choose(env, store, request.form)
        except Refused as error:
            refusal = str(error)
    shown = seen_past_orders(env, store)
    return _embedded("past_orders", past=shown, past_problem=refusal), 422 if refusal else 200


@blueprint.get("/shopify/reload")
def renew() -> ResponseReturnValue:
    """A page of nothing but Shopify's own script, which comes back to us with a fresh session token."""
    parameters = single(request.args.items(multi=True))
    target = parameters.get(RELOAD, "")
    if not (target == "/shopify" or target.startswith("/shopify?")):
        raise Malformed("it does not lead back to a page of ours")
    known = {app.client_id: app for app in apps_here(the_env())}
    app = known.get(parameters.get("client_id", ""))
    shop = shop_domain(parameters.get("shop", ""))
    if app is None or shop is None:
        raise Malformed("it names no shop or no app of ours")
    answer = make_response(render_template("admin/shopify/reload.html", app=app))
    answer.headers["Content-Security-Policy"] = framed_by(shop)
    return answer


def framed_by(shop: str) -> str:
    """Who may show a page in a frame: this shop's admin and Shopify's own, and nobody else."""
    return f"frame-ancestors https://{shop} https://admin.shopify.com{_REST_OF_POLICY}"


def _embedded(template: str, **told: object) -> str:
    """A page or part of one as it stands within Shopify's admin, where scripts send the forms."""
    return render_template(f"admin/{template}.html", is_embedded=True, **told)


def _visitor() -> Visit:
    """Who sent the session token that came beside the request. Raises BadVisit."""
    id_token = key_in(request.headers.get("Authorization")) or ""
    return read_visit(id_token, apps_here(the_env()), the_env().now())


def _store_of(visit: Visit) -> Store:
    store = let_in(the_env(), visit)
    with the_env().database.read(store.store_id) as db:
        return stores.store_by_id(db, store.store_id) or store


def _page_of(visit: Visit) -> FrontPage:
    env, store = the_env(), _store_of(visit)
    with env.database.read(store.store_id) as db:
        return front_page(db, store, env.now())


def _elsewhere(parameters: Mapping[str, str], id_token: str) -> ResponseReturnValue:
    """Where a document request without a usable proof goes on: for a new proof, or to be installed."""
    shop = shop_domain(parameters.get("shop", ""))
    app = _app_of(shop, id_token)
    if shop is None or app is None:
        return _alone("admin/shopify/outside.html"), 400
    if not id_token and parameters.get("embedded") != "1":
        # Not in a frame, so nobody there could renew a proof: Shopify asks the merchant.
        return redirect(f"{url_for('shopify_install.begin')}?{request.query_string.decode()}")
    back = f"/shopify?{urlencode(parameters)}"
    query = urlencode({"shop": shop, "client_id": app.client_id, RELOAD: back})
    return redirect(f"{url_for('shopify_home.renew')}?{query}")


def _app_of(shop: str | None, id_token: str) -> App | None:
    """The app whose public id the browser needs: as the stale token says, the store's, or the only one."""
    known = apps_here(the_env())
    named = app_named(id_token, known) if id_token else None
    if named is not None or len(known) < 2 or shop is None:
        return named or (known[0] if len(known) == 1 else None)
    with the_env().database.read_all() as db:
        found = stores.store_by_webhook_path(db, "shopify", shop)
        app_id = app_rows.app_of_store(db, found[0].store_id) if found else None
    return next((app for app in known if app.app_id == app_id), None)


def _alone(template: str, **told: object) -> Response:
    """A page that nobody may frame."""
    return make_response(render_template(template, **told))


@blueprint.after_request
def guard(response: Response) -> Response:
    """Kept by nobody on its way, and framed by nobody unless a proven visit says by whom."""
    response.headers["Cache-Control"] = "no-store"
    response.headers.setdefault("Content-Security-Policy", FRAMED_BY_NOBODY + _REST_OF_POLICY)
    return response


@blueprint.errorhandler(BadVisit)
def refuse(error: BadVisit) -> ResponseReturnValue:
    """401 with the header that has Shopify's script send a fresh token; documents read why not."""
    log.warning("visit.refused", path=request.path, reason=str(error))
    if request.path in {FETCHED, PAST_ORDERS}:
        told = problem(401, "bad_visit", "The session token is not good.", (RETRY, "1"))
        return Response(told.body, told.status, told.headers, content_type=told.content_type)
    return _alone("admin/shopify/outside.html"), 400 if isinstance(error, Malformed) else 401


@blueprint.errorhandler(LacksRights)
def name_lacking(error: LacksRights) -> ResponseReturnValue:
    """What the merchant would have to grant."""
    return _alone("admin/shopify/lacks_rights.html", lacking=error.lacking), 403


@blueprint.errorhandler(Refused)
@blueprint.errorhandler(PlatformTrouble)
def say_trouble(error: Exception) -> ResponseReturnValue:
    """What went wrong, and that opening the page again is safe."""
    log.warning("visit.failed", reason=str(error)[:200])
    return _alone("admin/shopify/trouble.html", sentence=str(error)), 503
