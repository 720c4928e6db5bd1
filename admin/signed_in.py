"""Who asks: the session of a request, the cookie that carries it, and the token its forms carry."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, g, request
from sqlalchemy import Connection
from werkzeug import Response

from core.jobs.env import Env
from core.services.signing_in import SESSION_LASTS, open_session, prolong, session_of, sign_out
from core.services.staffing import Person, person_of


class NotSignedIn(Exception):
    """The page is for people who are signed in."""


class BadForm(Exception):
    """The form was not sent from a page of ours."""


def the_env() -> Env:
    """The running process's surroundings."""
    env: Env = current_app.extensions["regulars"]
    return env


def cookie_name(base: str = "regulars") -> str:
    """A cookie of ours, the session's by default; over https browsers hold it to this very host."""
    return f"__Host-{base}" if is_https() else base


def is_https() -> bool:
    """Whether people reach us by https."""
    # By the address people use: what stands before this process may end TLS and hand on plain http.
    return the_env().settings.public_url.startswith("https://")


def give_cookie(response: Response, session: str) -> None:
    """Have the browser send the session with each request from now on."""
    response.set_cookie(
        cookie_name(),
        session,
        max_age=SESSION_LASTS,
        secure=is_https(),
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
    response.delete_cookie(cookie_name(), secure=is_https(), httponly=True, samesite="Lax")


def rotate_session(db: Connection, staff_id: int | None) -> str:
    """A new session for somebody who proved who they are; the one the browser had ends. Its token."""
    env, before = the_env(), request.cookies.get(cookie_name(), "")
    session = env.token()
    if before:
        sign_out(db, before)
    open_session(db, session, staff_id, env.now())
    return session


@dataclass(frozen=True, slots=True)
class _SignedIn:
    """A living session and whose it is."""

    token: str
    person: Person | None


def the_session() -> str | None:
    """The token of the living session this request is part of; None: nobody is signed in."""
    found = _signed_in()
    return found.token if found else None


def the_person() -> Person | None:
    """Who is signed in; None for whoever runs this server. Ask `the_session` first whether anybody is."""
    found = _signed_in()
    return found.person if found else None


def _signed_in() -> _SignedIn | None:
    if "admin_session" not in g:
        g.admin_session = _living(request.cookies.get(cookie_name(), ""))
    found: _SignedIn | None = g.admin_session
    return found


def _living(token: str) -> _SignedIn | None:
    env = the_env()
    if not token:
        return None
    with env.database.read_all() as db:
        session = session_of(db, token, env.now())
        if session is None:
            return None
        person = None if session.staff_id is None else person_of(db, session.staff_id, env.secrets)
    if session.staff_id is not None and person is None:
        return None
    if session.needs_prolonging(env.now()):
        with env.database.write_all() as db:
            prolong(db, token, env.now())
        g.admin_cookie_due = token
    return _SignedIn(token, person)


def refuse_forged_form(session: str) -> None:
    """Raise BadForm for a form that does not carry the session's token."""
    if request.method not in {"GET", "HEAD"} and not hmac.compare_digest(
        request.form.get("csrf_token", "").encode(), csrf_token(session).encode()
    ):
        raise BadForm


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
