"""What Shopify gives apps access by: session tokens, tokens that end, and refresh tokens that turn over.

A refresh token stays good until the one that came for it is first used, at most 30 days, as Shopify says
since 2026-08-28. How long an access token outlives its successor is not said: here, to its own end.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt

from sandbox.shopify.reply import Reply

ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=90)
OVERLAP = timedelta(days=30)
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
LEEWAY_S = 10

_Json = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """An app as Shopify knows it."""

    client_id: str
    secret: str
    scopes: frozenset[str]
    must_expire: bool = True
    """Whether tokens that never end are refused: every public app's are."""


@dataclass(frozen=True)
class RefreshToken:
    """One that was given out."""

    ends_at: datetime
    took_over_from: str | None = None
    """The one it came for, which ends when this one is first used."""


@dataclass
class Installation:
    """One app in one store, and all it was given."""

    client: Client
    domain: str
    token: Callable[[], str]
    """Draws what cannot be guessed; handed in."""
    is_installed: bool = True
    access: dict[str, datetime | None] = field(default_factory=dict)
    """Access tokens by when they end."""
    refresh: dict[str, RefreshToken] = field(default_factory=dict)
    codes: dict[str, datetime] = field(default_factory=dict)
    asked: list[_Json] = field(default_factory=list)
    """Every request for a token, as it came."""

    def id_token(self, now: datetime, **changes: Any) -> str:
        """What the admin gives an embedded page; `changes` make one that it never would."""
        at_s = int(now.timestamp())
        claims = {
            "iss": f"https://{self.domain}/admin",
            "dest": f"https://{self.domain}",
            "aud": self.client.client_id,
            "sub": "42",
            "exp": at_s + 60,
            "nbf": at_s,
            "iat": at_s,
            "jti": self.token(),
            "sid": self.token(),
        }
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(kept, self.client.secret, algorithm="HS256")

    def signed(self, now: datetime, **parameters: str) -> str:
        """A query as Shopify sends browsers with: shop, time stamp and signature."""
        said = {"shop": self.domain, "timestamp": str(int(now.timestamp())), **parameters}
        message = "&".join(f"{name}={value}" for name, value in sorted(said.items()))
        made = hmac.new(self.client.secret.encode(), message.encode(), hashlib.sha256).hexdigest()
        return urlencode({**said, "hmac": made})

    def approve(self, state: str, now: datetime) -> str:
        """The merchant lets the app in; the query her browser brings back."""
        code = self.token()
        self.codes[code] = now + timedelta(minutes=1)
        return self.signed(now, code=code, state=state, host="YWNvcm4")

    def uninstall(self) -> None:
        """The merchant takes the app out: everything given is dead."""
        self.is_installed = False
        self.access.clear()
        self.refresh.clear()

    def install(self) -> None:
        """The merchant takes the app in again."""
        self.is_installed = True

    def is_good(self, access_token: str | None, now: datetime) -> bool:
        """Whether a call with this token is let in."""
        if access_token not in self.access:
            return False
        ends_at = self.access[access_token]
        return ends_at is None or now < ends_at

    def never_ends(self, access_token: str | None) -> bool:
        """Whether the token is one of the kind that is taken no longer."""
        return self.client.must_expire and access_token in self.access and self.access[access_token] is None

    def give(self, body: bytes, now: datetime) -> Reply:
        """`POST /admin/oauth/access_token`."""
        try:
            asked = json.loads(body)
        except ValueError:
            return _reply(400, {"error": "invalid_request"})
        self.asked.append(asked)
        wanted = (self.client.client_id, self.client.secret)
        if (asked.get("client_id"), asked.get("client_secret")) != wanted:
            return _reply(401, {"error": "invalid_client"})
        if asked.get("grant_type") == EXCHANGE:
            return self._exchange(asked, now)
        if asked.get("grant_type") == "refresh_token":
            return self._refresh(asked.get("refresh_token"), now)
        return self._redeem(asked, now)

    def _exchange(self, asked: _Json, now: datetime) -> Reply:
        kinds = (asked.get("subject_token_type"), asked.get("requested_token_type"))
        if kinds != (ID_TOKEN, OFFLINE):
            return _reply(400, {"error": "invalid_request"})
        if not self.is_installed or not self._proves(asked.get("subject_token"), now):
            return _reply(400, {"error": "invalid_subject_token"})
        return self._granted(now, None, expiring=str(asked.get("expiring")) == "1")

    def _proves(self, id_token: object, now: datetime) -> bool:
        try:
            claims = jwt.decode(
                str(id_token),
                self.client.secret,
                algorithms=["HS256"],
                audience=self.client.client_id,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            return False
        in_time = claims["nbf"] - LEEWAY_S <= now.timestamp() < claims["exp"] + LEEWAY_S
        return bool(in_time and claims["dest"] == f"https://{self.domain}")

    def _refresh(self, sent: object, now: datetime) -> Reply:
        known = self.refresh.get(str(sent))
        if not self.is_installed or known is None or known.ends_at <= now:
            said = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return _reply(400, said)
        if known.took_over_from is not None:
            self.refresh.pop(known.took_over_from, None)
            self.refresh[str(sent)] = known = replace(known, took_over_from=None)
        self.refresh[str(sent)] = replace(known, ends_at=min(known.ends_at, now + OVERLAP))
        return self._granted(now, str(sent), expiring=True)

    def _redeem(self, asked: _Json, now: datetime) -> Reply:
        ends_at = self.codes.pop(str(asked.get("code")), None)
        if ends_at is None or ends_at <= now:
            return _reply(400, {"error": "invalid_request", "error_description": "The code was used."})
        self.is_installed = True
        return self._granted(now, None, expiring=str(asked.get("expiring")) == "1")

    def _granted(self, now: datetime, took_over_from: str | None, *, expiring: bool) -> Reply:
        access_token = f"shpat_{self.token()}"
        scope = ",".join(sorted(self.client.scopes))
        if not expiring:
            self.access[access_token] = None
            return _reply(200, {"access_token": access_token, "scope": scope})
        refresh_token = f"shprt_{self.token()}"
        self.access[access_token] = now + ACCESS_LIFE
        self.refresh[refresh_token] = RefreshToken(now + REFRESH_LIFE, took_over_from)
        return _reply(
            200,
            {
                "access_token": access_token,
                "scope": scope,
                "expires_in": int(ACCESS_LIFE.total_seconds()),
                "refresh_token": refresh_token,
                "refresh_token_expires_in": int(REFRESH_LIFE.total_seconds()),
            },
        )


def consent_address(redirect_uri: str, query: str) -> str:
    """Where the merchant's browser goes once she has let the app in."""
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def _reply(status: int, body: Mapping[str, Any]) -> Reply:
    return Reply(status, json.dumps(body).encode())
