"""The HTTP skin: the REST API, wc-auth, and a door for whoever orders failures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, render_template_string, request
from flask.typing import ResponseReturnValue

from sandbox.woocommerce import authorize, faults, keys
from sandbox.woocommerce.authorize import AuthorizeRefused
from sandbox.woocommerce.door import Door
from sandbox.woocommerce.problems import Problem
from sandbox.woocommerce.rest import Request
from sandbox.woocommerce.store import Key

_PAGE = """<!doctype html><html lang="en"><title>{{ name }}</title>
<h1>{{ asked.app_name }} would like to connect to your store</h1>
<p>It asks for {{ asked.scope }} access. Approving will share credentials with {{ asked.callback_url }}.</p>
<p><a href="{{ approve }}">Approve</a> <a href="{{ asked.back(success=False) }}">No, thank you</a></p>"""


def create_skin(door: Door) -> Flask:
    """The store as a WSGI application."""
    app = Flask(__name__)
    app.url_map.strict_slashes = False
    _rest_api(app, door)
    _wc_auth(app, door)
    _control(app, door)
    return app


def _rest_api(app: Flask, door: Door) -> None:
    @app.get("/wp-json/")
    @app.route("/wp-json/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    def api(path: str = "") -> ResponseReturnValue:
        try:
            asked = _authorised(door, path)
        except Problem as problem:
            return jsonify(problem.body()), problem.status
        answered = door.call(asked)
        return jsonify(answered.value), answered.status, dict(answered.headers)


def _authorised(door: Door, path: str) -> Request:
    """The request, from somebody who may make it. Raises Problem."""
    params = request.args.to_dict()
    if path:
        with door.lock:
            keys.permit(_key(door, params), request.method)
    asked = {name: value for name, value in params.items() if not name.startswith("oauth_")}
    return Request(request.method, path.rstrip("/"), asked, _fields())


def _key(door: Door, params: Mapping[str, str]) -> Key | None:
    """Over https a header and nothing else; over http a signature and nothing else."""
    authorization = request.headers.get("Authorization", "")
    if request.is_secure:
        return keys.by_header(door.store, authorization)
    if authorization:
        return None
    return keys.by_signature(door.store, request.method, request.base_url, params)


def _fields() -> Mapping[str, Any]:
    if not request.data:
        return {}
    fields = request.get_json(force=True, silent=True)
    if not isinstance(fields, dict):
        raise Problem(400, "rest_invalid_json", "Invalid JSON body passed.")
    return fields


def _wc_auth(app: Flask, door: Door) -> None:
    @app.get("/wc-auth/v1/authorize")
    def authorize_page() -> ResponseReturnValue:
        asked = authorize.asked(request.args)
        approve = f"approve?{urlencode(request.args)}"
        return render_template_string(_PAGE, name=door.store.name, asked=asked, approve=approve)

    @app.get("/wc-auth/v1/approve")
    def approve() -> ResponseReturnValue:
        asked = authorize.asked(request.args)
        with door.lock:
            key, sending = authorize.approve(door.store, asked)
        status = door.send(sending)
        with door.lock:
            authorize.answered(door.store, key, status)
        return redirect(asked.back(success=True))

    @app.errorhandler(AuthorizeRefused)
    def refused(error: AuthorizeRefused) -> ResponseReturnValue:
        return str(error), 401


def _control(app: Flask, door: Door) -> None:
    @app.route("/control/faults", methods=["GET", "POST", "DELETE"])
    def failures() -> ResponseReturnValue:
        """`POST {"faults": ["503", "timeout-after"]}`, one call each; `DELETE`: none any more."""
        with door.lock:
            if request.method == "DELETE":
                door.faults.ahead.clear()
            if request.method == "POST":
                door.faults.ahead += [faults.named(name) for name in request.get_json()["faults"]]
            return jsonify(waiting=len(door.faults.ahead))

    @app.post("/control/deliver")
    def deliver() -> ResponseReturnValue:
        """Wake the runner, as a visit would, and let it send all that waits."""
        with door.lock:
            door.store.outbox.visit(door.now())
        return jsonify(sent=door.deliver())
