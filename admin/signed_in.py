"""Who asks: the session of a request, the cookie that carries it, and the token its forms carry."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from core.jobs.env import Env
from core.services.signing_in import SESSION_LASTS, is_signed_in, needs_prolonging, prolong

P = ParamSpec("P")


class NotSignedIn(Exception):
    """The page is for people who are signed in."""


class BadForm(Exception):
    """The form was not sent from a page of ours."""


def the_env() -> Env:
    """The running process's surroundings."""
    env: Env = current_app.extensions["regulars"]
    return env


def cookie_name() -> str:
    """The session's cookie; over https browsers hold it to this very host."""
    return "__Host-regulars" if _is_https() else "regulars"


def _is_https() -> bool:
    # By the address people use: what stands before this process may end TLS and hand on plain http.
    return the_env().settings.public_url.startswith("https://")


def give_cookie(response: Response, session: str) -> None:
    """Have the browser send the session with each request from now on."""
    response.set_cookie(
        cookie_name(),
        session,
        max_age=SESSION_LASTS,
        secure=_is_https(),
        httponly=True,
        samesite="Lax",
    )


def renew_cookie(response: Response) -> Response:
    """Have the browser keep the cookie as long as the session, where that was prolonged just now."""
    session: str | None = g.pop("admin_cookie_due", None)
    if session and "Set-Cookie" not in response.headers:
        give_cookie(response, session)
    return response


def take_cookie(response: Response) -> None:
    """Have the browser forget the session."""
    response.delete_cookie(cookie_name(), secure=_is_https(), httponly=True, samesite="Lax")


def the_session() -> str | None:
    """The token of the living session this request is part of; None: nobody is signed in."""
    if "admin_session" not in g:
        g.admin_session = _living(request.cookies.get(cookie_name(), ""))
    session: str | None = g.admin_session
    return session


def _living(session: str) -> str | None:
    env = the_env()
    if not session:
        return None
    with env.database.read_all() as db:
        lives = is_signed_in(db, session, env.now())
        is_due = needs_prolonging(db, session, env.now())
    if is_due:
        with env.database.write_all() as db:
            prolong(db, session, env.now())
        g.admin_cookie_due = session
    return session if lives else None


def signed_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A view for people who are signed in; a form must carry their token. Raises NotSignedIn, BadForm."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        session = the_session()
        if session is None:
            raise NotSignedIn
        if request.method != "GET" and not hmac.compare_digest(
            request.form.get("csrf_token", "").encode(), csrf_token(session).encode()
        ):
            raise BadForm
        return view(*args, **kwargs)

    return guarded


def csrf_token(session: str) -> str:
    """What the session's forms carry: who does not hold the cookie cannot make it up."""
    return hmac.digest(session.encode(), b"a form of ours", hashlib.sha256).hex()


def is_from_elsewhere() -> bool:
    """Whether the browser says that another site sent the form. Old browsers say nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    ours = {request.host, urlsplit(the_env().settings.public_url).netloc}
    return origin is not None and urlsplit(origin).netloc not in ours
