"""Browsers that somebody signed in with before: guesses of others elsewhere do not shut them out."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Final

from flask import request
from werkzeug import Response

from admin.signed_in import cookie_name, is_https, the_env
from core.services.sign_in_tries import mark_of_browser
from core.services.staffing import Person

_COOKIE: Final = "regulars-known"
_KNOWN_FOR: Final = timedelta(days=180)


def shown_mark(person: Person | None, password_hash: str | None) -> str:
    """What the browser shows, if it signed in as this person with the password of today; else nothing."""
    if person is None or password_hash is None:
        return ""
    mark = mark_of_browser(the_env().secrets, person.email, password_hash)
    shown = request.cookies.get(cookie_name(_COOKIE), "")
    return mark if hmac.compare_digest(shown.encode(), mark.encode()) else ""


def know_browser(response: Response, person: Person, password_hash: str) -> None:
    """Know the browser again. The cookie signs nobody in."""
    response.set_cookie(
        cookie_name(_COOKIE),
        mark_of_browser(the_env().secrets, person.email, password_hash),
        max_age=_KNOWN_FOR,
        secure=is_https(),
        httponly=True,
        samesite="Lax",
    )
