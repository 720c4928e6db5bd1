"""Who opens the app's page: the session token Shopify's admin sends along, and every check of it.

Shopify's libraries leave some of these out. The same secret signs what shoppers' extensions send, so a token
counts only if it is one of an admin session: of a shop's admin, for a numbered user, with a session id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from jwt.types import Options

from core.domain.errors import BadVisit, StaleVisit
from core.domain.grants import App
from integrations.shopify.adapter import shop_domain

LEEWAY_S: Final = 10
LIFE_S: Final = 60
"""From when a token is issued to its end."""
LONGEST_CHARACTERS: Final = 4096

_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
# Times are checked here against the clock handed in; the library would read its own.
_CHECKS: Final[Options] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "require": ["exp", "nbf", "iat", "iss", "dest", "aud", "sub", "sid"],
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A merchant in a shop's admin, proven."""

    shop: str
    """The shop's myshopify.com domain."""
    app: App
    user_ref: str
    """Shopify's number of the member of staff."""
    id_token: str
    """The proof itself, good for a minute."""


def read_visit(id_token: str, apps: Sequence[App], now: datetime) -> Visit:
    """Who sent this token. Raises BadVisit unless it is an admin session's, of one of these apps, now."""
    if not id_token or len(id_token) > LONGEST_CHARACTERS:
        raise StaleVisit("there is no session token")
    app = app_named(id_token, apps)
    if app is None:
        raise BadVisit("it is for no app of ours")
    claims = _signed_claims(id_token, app)
    _check_times(claims, now)
    return Visit(_shop(claims), app, _user(claims), id_token)


def app_named(id_token: str, apps: Sequence[App]) -> App | None:
    """The app a token says it is for. A claim: nothing is proven by it."""
    try:
        claims = jwt.decode(id_token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    named = claims.get("aud")
    return next((app for app in apps if app.client_id == named), None)


def clock_gap_s(id_token: str, apps: Sequence[App], now: datetime) -> int | None:
    """By how much our clock is ahead of the one that dated a token had just now; less than 0: behind.

    None: so little that the token is good by it, or no token that an app's secret signed.
    """
    app = app_named(id_token, apps)
    try:
        issued_at_s = _signed_claims(id_token, app)["iat"] if app else None
    except BadVisit:
        return None
    if not isinstance(issued_at_s, int) or isinstance(issued_at_s, bool):
        return None
    gap_s = int(now.timestamp()) - issued_at_s
    return None if -LEEWAY_S <= gap_s <= LIFE_S else gap_s


def _signed_claims(id_token: str, app: App) -> Mapping[str, Any]:
    for secret in app.secrets:
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                secret,
                algorithms=["HS256"],
                audience=app.client_id,
                options=_CHECKS,
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise BadVisit(f"it cannot be taken: {type(error).__name__}") from error
        return claims
    raise BadVisit("no secret of the app signed it")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    at_s = now.timestamp()
    moments = [claims[name] for name in ("exp", "nbf", "iat")]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in moments):
        raise BadVisit("its times are no numbers")
    exp, nbf, iat = moments
    if exp + LEEWAY_S <= at_s:
        raise StaleVisit("it has expired")
    if nbf - LEEWAY_S > at_s or iat - LEEWAY_S > at_s:
        raise StaleVisit("it is not valid yet")


def _shop(claims: Mapping[str, Any]) -> str:
    """The shop, which both `iss` and `dest` have to name."""
    shop = _host(claims["dest"], ("", "/"))
    if shop != _host(claims["iss"], ("/admin",)):
        raise BadVisit("it was issued by another shop than it is for")
    return shop


def _host(address: object, paths: tuple[str, ...]) -> str:
    text = address if isinstance(address, str) else ""
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise BadVisit("it names no shop") from error
    is_plain = parts.scheme == "https" and parts.path in paths and not (parts.query or parts.fragment)
    shop = shop_domain(parts.netloc) if is_plain else None
    if shop is None:
        raise BadVisit("it names no shop")
    return shop


def _user(claims: Mapping[str, Any]) -> str:
    user_ref, session = claims["sub"], claims["sid"]
    if not isinstance(user_ref, str) or not _NUMBER.fullmatch(user_ref):
        raise BadVisit("its subject is no member of staff")
    if not isinstance(session, str) or not session:
        raise BadVisit("it is of no session")
    return user_ref
