"""wc-auth (version 1): a page on which the store's admin hands out a key, and the call that carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.store import Key, Store, add_key

_SCOPES = ("read", "write", "read_write")
_FAILED = "An error occurred in the request and at the time were unable to send the consumer data"


class AuthorizeRefused(Exception):
    """The page is not shown, or hands out nothing; `str()` is what it says, with status 401."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for keys, and where they go."""

    app_name: str
    scope: str
    user_id: str
    return_url: str
    callback_url: str

    def back(self, *, success: bool) -> str:
        """Where the admin goes on to. `user_id` is put in as it is, so odd characters break it."""
        joint = "&" if urlsplit(self.return_url).query else "?"
        return f"{self.return_url}{joint}success={int(success)}&user_id={self.user_id}"


def asked(params: Mapping[str, str]) -> Asked:
    """The request for keys. Raises AuthorizeRefused."""
    for name in ("app_name", "user_id", "return_url", "callback_url", "scope"):
        if not params.get(name):
            raise AuthorizeRefused(f"Error: Missing parameter {name}.")
    if params["scope"] not in _SCOPES:
        raise AuthorizeRefused(f"Error: Invalid scope {params['scope']}.")
    callback_url = params["callback_url"]
    if "://" not in callback_url:
        callback_url = f"https://{callback_url}"
    if not callback_url.startswith("https://"):
        raise AuthorizeRefused("Error: The callback_url needs to be over SSL.")
    user_id = dict(parse_qsl(f"user_id={params['user_id']}", keep_blank_values=True))["user_id"]
    return Asked(params["app_name"], params["scope"], user_id, params["return_url"], callback_url)


def approve(store: Store, request: Asked) -> tuple[Key, Sending]:
    """A new key with each click on Approve, and the call that carries it, made within that click."""
    key = add_key(store, request.scope, f"{request.app_name} - API")
    body = {
        "key_id": key.key_id,
        "user_id": request.user_id,
        "consumer_key": key.consumer_key,
        "consumer_secret": key.consumer_secret,
        "key_permissions": request.scope,
    }
    headers = {"User-Agent": f"WordPress/7.1; {store.url}", "Content-Type": "application/json;charset=UTF-8"}
    raw = json.dumps(body, separators=(",", ":")).encode()
    return key, Sending(0, request.callback_url, headers, raw)


def answered(store: Store, key: Key, status: int | None) -> None:
    """What the app's server said to the key: anything but 200 takes it back. Raises AuthorizeRefused."""
    if status != 200:
        del store.keys[key.key_id]
        raise AuthorizeRefused(_FAILED)
