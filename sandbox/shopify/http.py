"""The thin HTTP skin: the Admin API at Shopify's path, and a door for making trouble."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, Response, jsonify, request
from markupsafe import escape
from werkzeug.exceptions import BadRequest

from sandbox.shopify.admin import Admin
from sandbox.shopify.faults import Ending, Fault, Faults
from sandbox.shopify.oauth import consent_address

LARGEST_BODY_BYTES = 1024 * 1024


@dataclass
class Skin:
    """What the HTTP server serves. The lock is the only one: a request changes the store alone."""

    admin: Admin
    clock: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)
    silence_s: float = 60.0
    """How long a caller that gets no answer is kept waiting."""
    slow_s: float = 2.0
    lock: threading.Lock = field(default_factory=threading.Lock)


def create_app(skin: Skin) -> Flask:
    """The application over one store."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    app.add_url_rule("/admin/<path:rest>", view_func=lambda rest: _admin(skin, rest), methods=["POST"])
    app.add_url_rule("/admin/oauth/authorize", "authorize", lambda: _authorize(skin), methods=["GET", "POST"])
    app.add_url_rule("/bulk/<int:number>.jsonl", "bulk", lambda number: _bulk_file(skin, number))
    app.add_url_rule("/control/faults", "faults", lambda: _faults(skin), methods=["GET", "POST", "DELETE"])
    return app


def _admin(skin: Skin, rest: str) -> Response:
    token, body = request.headers.get("X-Shopify-Access-Token"), request.get_data()
    with skin.lock:
        skin.admin.bulk.files_at = request.host_url
        outcome = skin.faults.around(lambda: skin.admin.reply(f"/admin/{rest}", token, body, skin.clock()))
    if outcome.ending is Ending.SILENCE:
        time.sleep(skin.silence_s)
    if outcome.ending is Ending.SLOW_ANSWER:
        time.sleep(skin.slow_s)
    if outcome.reply is None:
        return _cut()
    return Response(outcome.reply.body, outcome.reply.status, dict(outcome.reply.headers))


def _authorize(skin: Skin) -> Response:
    """The page that asks the merchant: a form, whose button lets the app in and sends her back."""
    installation = skin.admin.installation
    asked = request.values
    if installation is None or asked.get("client_id") != installation.client.client_id:
        return Response("Oauth error invalid_request: Could not find Shopify API application", 400)
    if request.method == "GET":
        fields = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in asked.items()
        )
        return Response(f'<form method="post">{fields}<button>Install app</button></form>')
    with skin.lock:
        query = installation.approve(asked.get("state", ""), skin.clock())
    return Response(status=302, headers={"Location": consent_address(asked["redirect_uri"], query)})


def _bulk_file(skin: Skin, number: int) -> Response:
    """The file of a bulk operation, or the piece of it that is asked for."""
    operation = skin.admin.bulk.operations.get(number)
    if operation is None or operation.content is None:
        return Response(status=404)
    response = Response(operation.content, mimetype="application/jsonl")
    response.make_conditional(request, accept_ranges=True, complete_length=len(operation.content))
    return response


def _cut() -> Response:
    """Break the connection where the server lets us; a gateway's time-out where it does not."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    return Response(status=504)


def _asked_for() -> list[Fault]:
    try:
        return [Fault(name) for name in request.get_json()["faults"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest(f"no such fault; there are: {', '.join(Fault)}") from error


def _faults(skin: Skin) -> Response:
    """`POST {"faults": ["503", "timeout-after"]}`, one call each; `DELETE`: none; `GET`: what is waiting."""
    with skin.lock:
        if request.method == "DELETE":
            skin.faults.waiting.clear()
        if request.method == "POST":
            skin.faults.fail(_asked_for())
        return jsonify(waiting=list(skin.faults.waiting))
