"""The Flask application: receivers, health, and errors that never show a stack trace."""

from __future__ import annotations

import structlog
from flask import Flask, Response, request
from sqlalchemy import text
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from core.db.engine import is_passing
from core.jobs.env import Env
from web import balances, landing
from webhooks import receiver
from webhooks.answers import answer, problem
from webhooks.directory import Directory
from webhooks.intake import Intake

RETRY_AFTER_S = "30"

log = structlog.get_logger()


def create_app(env: Env) -> Flask:
    """The application over one Env. Opens nothing until a request comes."""
    app = Flask("web", static_folder="static", template_folder="templates")
    # A redirect counts as delivered on every platform, so no route here may ever answer with one.
    app.url_map.merge_slashes = False
    app.extensions["regulars"] = env
    app.extensions["regulars.directory"] = Directory(env)
    app.before_request(_one_spelling)
    app.extensions["regulars.intake"] = Intake(env)
    app.register_blueprint(receiver.blueprint)
    app.register_blueprint(balances.blueprint)
    app.register_blueprint(landing.blueprint)
    app.after_request(_harden)
    app.add_url_rule("/healthz", "healthz", lambda: _health(env), methods=["GET"])
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _trouble)
    return app


def _harden(response: Response) -> Response:
    """Headers every answer carries."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response


def _one_spelling() -> None:
    """404 for a path with `//`: routing overlooks those at its beginning, so it would not tell them apart."""
    if "//" in request.environ["PATH_INFO"]:
        raise NotFound


def _health(env: Env) -> Response:
    """200 while the database answers; says nothing about the inside."""
    with env.database.read_all() as db:
        db.execute(text("SELECT 1"))
    return answer()


def _http_problem(error: HTTPException) -> Response:
    code = (error.name or "error").lower().replace(" ", "_")
    response = problem(error.code or 500, code, error.description or "This did not work.")
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _trouble(error: Exception) -> Response:
    """503 for trouble that passes, so that the platform sends again; 500 for our own mistakes."""
    if is_passing(error):
        log.warning("web.database_out_of_reach", error=str(error).splitlines()[0][:200])
        response = problem(503, "try_again", "The database does not answer just now. Send it again.")
        response.headers["Retry-After"] = RETRY_AFTER_S
        return response
    log.error("web.failed", exc_info=error)
    return problem(500, "our_mistake", "Something broke here. It was written to the log.")
