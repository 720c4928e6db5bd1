"""Where Shopify gives out tokens: one bounded call each, over the same connections as everything else.

Not with Shopify's own library (`shopifyapp` 1.0.2): it takes any `dest` that looks like a shop, tries calls
again by itself (a refresh whose answer was lost must be decided about, not repeated), bounds each read and
never the whole, reads the clock itself, and stores an empty refresh token where an answer lacks one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import urlencode

from core.domain.errors import BadDelivery, GrantEnded, PlatformUnavailable, StaleVisit
from core.domain.grants import App, Grant
from core.domain.payload import clean_text, parse_object
from integrations.shopify.adapter import shop_domain
from integrations.shopify.documents import needed_scopes
from integrations.shopify.errors import NoSuchShop
from integrations.shopify.wire import Answer, Wire

TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
OFFLINE_TOKEN: Final = "urn:shopify:params:oauth:token-type:offline-access-token"  # noqa: S105
EXPIRING: Final = "1"
"""Public apps may not have any others, and for the rest they are the safer ones."""

_LONGEST_TOKEN: Final = 2048
_LONGEST_LIFE_S: Final = 400 * 86_400
_PASSING: Final = frozenset({408, 425, 429, 430})
_LONG_S: Final = 900


class ShopifyGrants:
    """As `core.domain.grants.GrantDesk` says, for all shops. Keeps no token and no secret."""

    def __init__(self, wire: Wire, origin: Callable[[str], str]) -> None:
        """`origin`: scheme and host for a shop's domain."""
        self._wire = wire
        self._origin = origin

    def by_id_token(self, shop: str, app: App, id_token: str) -> Grant:
        """An expiring offline token for the session token of a merchant in the shop's admin."""
        return self._ask(
            shop,
            app,
            {
                "grant_type": TOKEN_EXCHANGE,
                "subject_token": id_token,
                "subject_token_type": ID_TOKEN,
                "requested_token_type": OFFLINE_TOKEN,
                "expiring": EXPIRING,
            },
        )

    def by_code(self, shop: str, app: App, code: str) -> Grant:
        """An expiring offline token for an authorization code, which is good once."""
        return self._ask(shop, app, {"code": code, "expiring": EXPIRING})

    def by_refresh(self, shop: str, app: App, refresh_token: str) -> Grant:
        """The next pair. The token sent stays good until the refresh token that comes back is first used."""
        return self._ask(shop, app, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def consent_address(self, shop: str, app: App, back_to: str, state: str) -> str:
        """Where a merchant's browser is sent to be asked for every scope we need; it comes `back_to` us."""
        asked = {
            "client_id": app.client_id,
            "scope": ",".join(needed_scopes()),
            "redirect_uri": back_to,
            "state": state,
        }
        return f"{self._origin(shop)}/admin/oauth/authorize?{urlencode(asked)}"

    def page_address(self, shop: str, app: App) -> str:
        """Where the app's page is, within the shop's own admin."""
        return f"{self._origin(shop)}/admin/apps/{app.client_id}"

    def _ask(self, shop: str, app: App, asked: Mapping[str, str]) -> Grant:
        if shop_domain(shop) != shop:
            raise ValueError("secrets go to a myshopify.com domain and nowhere else")
        body = {"client_id": app.client_id, "client_secret": app.secrets[0], **asked}
        headers = {"Content-Type": "application/json"}
        url = f"{self._origin(shop)}/admin/oauth/access_token"
        answer = self._wire.post(url, headers, json.dumps(body).encode())
        return granted(answer)


def granted(answer: Answer) -> Grant:
    """The grant in an answer. Raises as `core.domain.grants.GrantDesk` says."""
    if answer.status != 200:
        _refuse(answer)
    body = _object(answer)
    access_token = _token(body, "access_token")
    if not access_token:
        raise PlatformUnavailable("Shopify's answer holds no access token")
    scopes = clean_text(body.get("scope"), 2000)
    return Grant(
        access_token=access_token,
        refresh_token=_token(body, "refresh_token"),
        scopes=frozenset(filter(None, (scope.strip() for scope in scopes.split(",")))),
        lasts_s=_seconds(body.get("expires_in")),
        refresh_lasts_s=_seconds(body.get("refresh_token_expires_in")),
    )


def _refuse(answer: Answer) -> NoReturn:
    status = answer.status
    if status >= 500 or status in _PASSING or 300 <= status < 400:
        raise PlatformUnavailable(f"Shopify gave out no token: it answered {status}", answer.retry_after_s)
    if status == 404:
        raise NoSuchShop
    error = clean_text(_object(answer).get("error"), 60)
    if error == "invalid_subject_token":
        raise StaleVisit("Shopify does not take the proof of this visit")
    if error == "invalid_grant":
        raise GrantEnded("Shopify has ended the access it gave")
    if error == "invalid_client" or status == 401:
        raise PlatformUnavailable(
            "Shopify does not take the app's client secret: give the new one with bin/regulars shopify-app "
            "set-secret",
            _LONG_S,
        )
    # Not for good: what hangs on a token is never given up for a refusal nobody knows.
    raise PlatformUnavailable(f"Shopify gave out no token: {error or status}", _LONG_S)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        return parse_object(answer.content)
    except BadDelivery as error:
        raise PlatformUnavailable(f"Shopify's answer ({answer.status}) is no JSON") from error


def _token(body: Mapping[str, Any], name: str) -> str:
    """What can travel in a header; empty for anything else."""
    value = body.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST_TOKEN:
        return ""
    return value if value.isascii() and value.isprintable() else ""


def _seconds(value: object) -> int | None:
    """A life in whole seconds; None for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LONGEST_LIFE_S:
        return None
    return value
