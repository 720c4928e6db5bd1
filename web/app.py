"""The Flask application: receivers, health, and errors that never show a stack trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, request
from sqlalchemy import text
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from admin import callback, downloads, shopify_door, shopify_install, store_pages
from admin.blueprint import blueprint as admin_pages
from admin.frame import put_around
from admin.signed_in import the_env
from admin.uploads import LARGEST_FORM
from core.jobs.env import Env
from web import balances, landing, metrics, redemptions, shopify_proxy
from web.responses import response_of
from webhooks.answers import HARDENING, WELL, problem, trouble
from webhooks.receiver import Receiver

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


SETTINGS = ("/admin", "/shopify")
"""How the addresses of the settings pages begin."""


def create_app(env: Env, front: Blueprint = landing.blueprint) -> Flask:
    """The application over one Env, `front` standing at `/`. Opens nothing until a request comes."""
    return over(env, pages(front))


def over(env: Env, app: Flask) -> Flask:
    """`pages` set upon an Env, receivers before them."""
    app.extensions["regulars"] = env
    everything_else = Flask.wsgi_app.__get__(app)
    app.wsgi_app = _behind(env.settings.proxy_count, Receiver(env, everything_else))  # type: ignore[assignment, method-assign]
    return app


def pages(front: Blueprint = landing.blueprint) -> Flask:
    """Every address that is not a receiver's, over no Env yet. Laying them out takes a fifth of a second."""
    app = Flask("web", static_folder="static", template_folder="templates")
    # A redirect counts as delivered on every platform, so no route here may answer with one by itself.
    app.url_map.merge_slashes = False
    # Whoever sends more to a page that asks for no file is not read to the end.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    app.before_request(_one_spelling)
    app.before_request(_readable)
    app.register_blueprint(balances.blueprint)
    app.register_blueprint(redemptions.blueprint)
    put_around(app)
    app.register_blueprint(shopify_door.blueprint)
    app.register_blueprint(shopify_install.blueprint)
    app.register_blueprint(shopify_proxy.blueprint)
    app.register_blueprint(admin_pages)
    store_pages.put_into(app)
    app.register_blueprint(callback.blueprint)
    app.register_blueprint(downloads.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(front)
    app.after_request(_harden)
    app.add_url_rule("/healthz", "healthz", _health, methods=["GET"])
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, lambda error: response_of(trouble(error)))
    return app


def _behind(proxy_count: int, app: WSGIApplication) -> WSGIApplication:
    """Believes so many proxies what they say of the client and of https; without any, nobody."""
    if proxy_count == 0:
        return app
    return ProxyFix(app, x_for=proxy_count, x_proto=proxy_count, x_host=0)


def _harden(response: Response) -> Response:
    """Headers every answer carries."""
    for name, value in HARDENING:
        response.headers.setdefault(name, value)
    return response


def _one_spelling() -> None:
    """404 for a path with `//`: routing overlooks those at its beginning, so it would not tell them apart."""
    if "//" in request.environ["PATH_INFO"]:
        raise NotFound


def _readable() -> None:
    """400 for a query that is no text, 404 for such a page: whoever looked for it would fail."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The address is no text.") from error
    if "\0" in request.path and request.path.startswith(SETTINGS):
        raise NotFound
    if b"%00" in request.query_string:
        raise BadRequest("The address is no text.")


def _health() -> Response:
    """200 while the database answers; says nothing about the inside."""
    with the_env().database.read_all() as db:
        db.execute(text("SELECT 1"))
    return response_of(WELL)


def _http_problem(error: HTTPException) -> Response:
    code = (error.name or "error").lower().replace(" ", "_")
    response = response_of(problem(error.code or 500, code, error.description or "This did not work."))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response
