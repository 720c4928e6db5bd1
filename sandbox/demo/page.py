"""The demo's page at `/`: delivery ▸ points ▸ code, as they happen. Shows made-up shoppers alone."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from admin.signed_in import give_cookie, is_from_elsewhere
from core.services.signing_in import open_session
from sandbox.demo.money import money
from sandbox.demo.telling import told
from sandbox.demo.watching import Watching

SEE_OTHER = 303
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def create_page(watching: Watching) -> Blueprint:
    """What stands at `/` while the demo runs."""
    page = Blueprint("demo", __name__, template_folder="templates")
    page.add_url_rule("/", "whole", partial(_shown, watching, "demo.html"), methods=["GET"])
    page.add_url_rule("/demo/now", "now", partial(_shown, watching, "demo_now.html"), methods=["GET"])
    page.add_url_rule("/demo/order", "order", partial(_order, watching), methods=["POST"])
    page.add_url_rule("/demo/pause", "pause", partial(_pause, watching), methods=["POST"])
    page.add_url_rule("/demo/settings", "settings", partial(_settings, watching), methods=["POST"])
    return page


def _shown(watching: Watching, template: str) -> Response:
    view = watching.view()
    shown = render_template(
        template, told=told(view), money=money, now_s=watching.monotonic_s(), urls=watching.urls
    )
    response = make_response(shown)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def _order(watching: Watching) -> ResponseReturnValue:
    name = request.form.get("store", "")
    if name not in watching.urls:
        raise BadRequest("There is no such store.")
    watching.tell(name, "order", {})
    return redirect("/", SEE_OTHER)


def _pause(watching: Watching) -> ResponseReturnValue:
    is_paused = request.form.get("paused") == "yes"
    for name in watching.urls:
        watching.tell(name, "pause", {"paused": is_paused})
    return redirect("/", SEE_OTHER)


def _settings(watching: Watching) -> ResponseReturnValue:
    """The settings pages, signed in as whoever runs this server: it holds made-up stores alone."""
    if is_from_elsewhere():
        raise BadRequest("Press the button on the demo's own page.")
    env = watching.env
    session = env.token()
    with env.database.write_all() as db:
        open_session(db, session, None, env.now())
    answer = redirect("/admin", SEE_OTHER)
    give_cookie(answer, session)
    return answer
