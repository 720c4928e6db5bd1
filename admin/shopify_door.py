"""The door of the settings pages within Shopify's admin, and the page that has a stale proof of it renewed.

Nobody signs in here: each request carries a session token of Shopify's, which says which shop it is for. No
cookie is read or set, so there is nothing a page of somebody else's could make use of. When Shopify opens a
page the token is part of its address; scripts send it as a header with each fetch, and so come all forms.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.guards import everybody
from admin.here import Here
from admin.shopify_visits import LacksRights, apps_here, let_in
from admin.signed_in import the_env
from core.db import apps as app_rows
from core.db import stores
from core.domain.api_keys import key_in
from core.domain.errors import BadVisit, PlatformTrouble, Refused, StaleVisit
from core.domain.grants import App
from core.domain.staff import Role, Who
from core.domain.stores import Store
from integrations.shopify.adapter import shop_domain
from integrations.shopify.id_token import Visit, app_named, clock_gap_s, read_visit
from integrations.shopify.signed_query import Malformed, single
from webhooks.answers import problem

blueprint = Blueprint("shopify_door", __name__, template_folder="templates")

APP_BRIDGE: Final = "https://cdn.shopify.com/shopifycloud/app-bridge.js"
RETRY: Final = "X-Shopify-Retry-Invalid-Session-Request"
RELOAD: Final = "shopify-reload"
RENEWED: Final = "renewed"
"""When, in seconds, the browser was last sent for a new proof: comes back with it."""
RENEWING_TAKES_S: Final = 60
"""A proof that is no good so soon after it was renewed would be no better the next time."""
FRAMED_BY_NOBODY: Final = "frame-ancestors 'none'"

_REST_OF_POLICY: Final = "; base-uri 'none'; object-src 'none'; script-src 'self' https://cdn.shopify.com"
_PAGE_OF_OURS: Final = re.compile(r"/shopify(/[a-z0-9_-]+)*(\?.*)?", re.ASCII)

log = structlog.get_logger()


def come_in() -> Here | ResponseReturnValue:
    """Where a proven request is; else the answer it gets. An unknown shop is connected by its first visit."""
    try:
        visit = _visit()
        store = _store_of(visit)
    except StaleVisit as stale:
        log.info("visit.stale", reason=str(stale))
        return _refused(stale) if _is_fetch() else _elsewhere()
    except BadVisit as bad:
        return _refused(bad)
    except LacksRights as lacks:
        return _alone("admin/shopify/lacks_rights.html", lacking=lacks.lacking), 403
    except (Refused, PlatformTrouble) as trouble:
        log.warning("visit.failed", reason=str(trouble)[:200])
        return _alone("admin/shopify/trouble.html", sentence=str(trouble)), 503
    # Shopify decides who of the shop's staff may open the app.
    return Here(store, Who(f"Shopify staff {visit.user_ref}", Role.OWNER), "", visit.app)


def _is_fetch() -> bool:
    """Whether a script asks; else the browser opens a page."""
    return "Authorization" in request.headers or "HX-Request" in request.headers


def _visit() -> Visit:
    """Who asks. Raises BadVisit."""
    env = the_env()
    if _is_fetch():
        return read_visit(key_in(request.headers.get("Authorization")) or "", apps_here(env), env.now())
    if request.method not in {"GET", "HEAD"}:
        raise BadVisit("a form came without a session token")
    id_token = single(request.args.items(multi=True)).get("id_token", "")
    return read_visit(id_token, apps_here(env), env.now())


def _store_of(visit: Visit) -> Store:
    store = let_in(the_env(), visit)
    with the_env().database.read(store.store_id) as db:
        return stores.store_by_id(db, store.store_id) or store


@blueprint.get("/shopify/reload")
@everybody
def renew() -> ResponseReturnValue:
    """A page of nothing but Shopify's own script, which comes back to us with a fresh session token."""
    parameters = single(request.args.items(multi=True))
    if not _PAGE_OF_OURS.fullmatch(parameters.get(RELOAD, "")):
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


def _elsewhere() -> ResponseReturnValue:
    """Where a browser without a usable proof goes: for a new one, or, outside the admin, to be installed."""
    parameters = single(request.args.items(multi=True))
    id_token = parameters.pop("id_token", "")
    shop = shop_domain(parameters.get("shop", ""))
    app = _app_of(shop, id_token)
    if shop is None or app is None:
        return _alone("admin/shopify/outside.html"), 400
    if not id_token and parameters.get("embedded") != "1":
        # Not in a frame, so nobody there could renew a proof: Shopify asks the merchant.
        return redirect(f"{url_for('shopify_install.begin')}?{request.query_string.decode()}")
    now_s = int(the_env().now().timestamp())
    if now_s - RENEWING_TAKES_S <= _seconds(parameters.get(RENEWED, "")) <= now_s:
        return _unproven(shop, id_token)
    back = f"{request.path}?{urlencode({**parameters, RENEWED: str(now_s)})}"
    query = urlencode({"shop": shop, "client_id": app.client_id, RELOAD: back})
    return redirect(f"{url_for('shopify_door.renew')}?{query}")


def _unproven(shop: str, id_token: str) -> ResponseReturnValue:
    """A page that says why no proof is taken, within the admin, where the merchant is."""
    gap_s = clock_gap_s(id_token, apps_here(the_env()), the_env().now())
    log.error("visit.unproven", shop=shop, clock_gap_s=gap_s)
    answer = _alone("admin/shopify/unproven.html", gap_s=gap_s)
    answer.headers["Content-Security-Policy"] = framed_by(shop)
    return answer, 401


def _seconds(written: str) -> int:
    """0 for what is no moment."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 12 else 0


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
    """A page that nobody may frame, unless its caller says by whom."""
    return make_response(render_template(template, **told))


def keep_out(response: Response) -> Response:
    """The answer, kept by nobody on its way, and framed by nobody unless it says by whom."""
    response.headers["Cache-Control"] = "no-store"
    response.headers.setdefault("Content-Security-Policy", FRAMED_BY_NOBODY + _REST_OF_POLICY)
    return response


blueprint.after_request(keep_out)


@blueprint.errorhandler(BadVisit)
def _refused(error: BadVisit) -> ResponseReturnValue:
    """401 with the header that has Shopify's script send a fresh token; documents read why not."""
    log.warning("visit.refused", path=request.path, reason=str(error))
    if _is_fetch():
        told = problem(401, "bad_visit", "The session token is not good.", (RETRY, "1"))
        return Response(told.body, told.status, told.headers, content_type=told.content_type)
    return _alone("admin/shopify/outside.html"), 400 if isinstance(error, Malformed) else 401
