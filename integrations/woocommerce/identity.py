"""Who is signed in at a store, as our plugin there says it: by a token signed with its secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import jwt
from jwt.types import Options

from core.domain.errors import BadVisit, StaleVisit

LEEWAY_S: Final = 10
LONGEST_CHARACTERS: Final = 2048
SHORTEST_SECRET: Final = 32

_NUMBER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
# Times are checked here against the clock handed in; the library would read its own.
_CHECKS: Final[Options] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "require": ["iss", "aud", "sub", "iat", "exp"],
}


def read_identity(token: str, secret: str, *, store_url: str, server: str, now: datetime) -> str:
    """The number of the customer who is signed in at the store, proven.

    `store_url` is the store's address, `server` ours, both as the plugin knows them; a slash at the end makes
    no difference. Raises StaleVisit for a token that is missing or was good once, BadVisit for any other.
    """
    if not token:
        raise StaleVisit("there is no token")
    if len(token) > LONGEST_CHARACTERS:
        raise BadVisit("it is too long")
    claims = _signed_claims(token, secret)
    if not _is_same(claims["iss"], store_url):
        raise BadVisit("another store issued it")
    if not _is_same(claims["aud"], server):
        raise BadVisit("it is for another server")
    _check_times(claims, now)
    customer_ref = claims["sub"]
    if not isinstance(customer_ref, str) or not _NUMBER.fullmatch(customer_ref):
        raise BadVisit("its subject is no customer")
    return customer_ref


def _signed_claims(token: str, secret: str) -> Mapping[str, Any]:
    if len(secret) < SHORTEST_SECRET:
        # An empty one would be anybody's.
        raise BadVisit("the store has no secret for its plugin")
    try:
        # Audience and issuer are compared by ourselves: a list of audiences is none of ours.
        options: Options = {**_CHECKS, "verify_aud": False, "verify_iss": False}
        claims: dict[str, Any] = jwt.decode(token, secret, algorithms=["HS256"], options=options)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise BadVisit(f"it cannot be taken: {type(error).__name__}") from error
    return claims


def _is_same(claimed: object, address: str) -> bool:
    return isinstance(claimed, str) and claimed.rstrip("/").lower() == address.rstrip("/").lower()


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    moments = [claims[name] for name in ("exp", "iat")]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in moments):
        raise BadVisit("its times are no numbers")
    exp, iat = moments
    if exp + LEEWAY_S <= now.timestamp():
        raise StaleVisit("it has expired")
    if iat - LEEWAY_S > now.timestamp():
        raise StaleVisit("it is not valid yet")
