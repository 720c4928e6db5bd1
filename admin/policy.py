"""What browsers may do with the settings pages."""

from __future__ import annotations

from typing import Final, TypeVar

from werkzeug import Response

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
)
"""Pico draws its icons as `data:` pictures."""

SomeResponse = TypeVar("SomeResponse", bound=Response)


def protect(response: SomeResponse) -> SomeResponse:
    """Nobody frames the page, keeps it, or runs a script in it that is not ours."""
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(targets="'self'"))
    response.headers["Cache-Control"] = "no-store"
    # Told nothing at all, browsers would say of our own forms, too, that they come from nowhere.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def leaving(response: SomeResponse, *, over_http: bool) -> SomeResponse:
    """The page may send a form on to a store: browsers hold a form's redirects to the policy, too."""
    targets = "'self' https: http:" if over_http else "'self' https:"
    response.headers["Content-Security-Policy"] = _POLICY.format(targets=targets)
    return response
