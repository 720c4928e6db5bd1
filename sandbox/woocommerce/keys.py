"""Who may call the REST API: keys in a header over https, or signed requests (OAuth 1.0a) over http."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from sandbox.woocommerce.problems import Problem
from sandbox.woocommerce.store import Key, Store

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def by_header(store: Store, authorization: str) -> Key | None:
    """The key in a Basic header; None: nobody the store knows. Raises Problem for a wrong secret."""
    try:
        told = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except ValueError:
        return None
    consumer_key, _, secret = told.partition(":")
    key = _known(store, consumer_key)
    if key is not None and not hmac.compare_digest(key.consumer_secret.encode(), secret.encode()):
        raise _refusal("Consumer secret is invalid.")
    return key


def by_signature(store: Store, method: str, url: str, params: Mapping[str, str]) -> Key | None:
    """The key that signed a request to `url`, its parameters apart: RFC 5849 section 3.4, without a token."""
    key = _known(store, params.get("oauth_consumer_key", ""))
    if key is None:
        return None
    signed = sorted((quote(k, ""), quote(v, "")) for k, v in params.items() if k != "oauth_signature")
    joined = "&".join(f"{name}={value}" for name, value in signed)
    base = f"{method}&{quote(url, '')}&{quote(joined, '')}"
    expected = hmac.digest(f"{key.consumer_secret}&".encode(), base.encode(), hashlib.sha256)
    if params.get("oauth_signature") != base64.b64encode(expected).decode():
        raise _refusal("Invalid signature - provided signature does not match.")
    return key


def permit(key: Key | None, method: str) -> None:
    """Raise Problem unless the key may do this. An unknown key counts as no key at all."""
    if key is None:
        raise Problem(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
    is_reading = method in _READS
    if key.permissions == ("write" if is_reading else "read"):
        raise _refusal(f"The API key provided does not have {'read' if is_reading else 'write'} permissions.")


def _known(store: Store, consumer_key: str) -> Key | None:
    return next((key for key in store.keys.values() if key.consumer_key == consumer_key), None)


def _refusal(message: str) -> Problem:
    return Problem(401, "woocommerce_rest_authentication_error", message)
