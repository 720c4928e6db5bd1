"""Addresses Shopify sends a merchant's browser to: their parameters, signed and dated."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from core.domain.errors import BadVisit
from core.domain.grants import App
from integrations.shopify.adapter import shop_domain

OLDEST_S: Final = 600
AHEAD_S: Final = 60
"""So far Shopify's clock may be from ours."""


class Malformed(BadVisit):
    """The address is none that Shopify sends anybody to."""


_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_HMAC = re.compile(r"[0-9a-f]{64}", re.ASCII)


def single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Parameters by name. Raises BadVisit when one is there twice: which counts would be a guess."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed(f"the parameter “{name[:40]}” is there twice")
        found[name] = value
    return found


def signer(parameters: Mapping[str, str], apps: Sequence[App], now: datetime) -> App:
    """The app whose secret signed these parameters, not long ago. Raises BadVisit."""
    sent = parameters.get("hmac", "")
    if not _HMAC.fullmatch(sent):
        raise BadVisit("the signature is missing or no signature")
    _check_timestamp(parameters.get("timestamp", ""), now)
    rest = {name: value for name, value in parameters.items() if name != "hmac"}
    for app in apps:
        if any(hmac.compare_digest(sent, signature(rest, secret)) for secret in app.secrets):
            return app
    raise BadVisit("no app of ours signed it")


def signature(parameters: Mapping[str, str], secret: str) -> str:
    """What Shopify signs these parameters with: hex of HMAC-SHA256 over them, sorted."""
    said = "&".join(sorted(f"{_plain(name, '=')}={_plain(value)}" for name, value in parameters.items()))
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def _plain(text: str, *also: str) -> str:
    """Only what would make two different queries the same to sign is escaped."""
    for character in ("%", "&", *also):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def shop_in(parameters: Mapping[str, str]) -> str:
    """The shop these parameters name. Raises BadVisit for anything that is no shop's domain."""
    shop = shop_domain(parameters.get("shop", ""))
    if shop is None:
        raise BadVisit("no shop is named")
    return shop


def _check_timestamp(text: str, now: datetime) -> None:
    if not _SECONDS.fullmatch(text):
        raise BadVisit("the time stamp is no time")
    age_s = now.timestamp() - int(text)
    if not -AHEAD_S <= age_s <= OLDEST_S:
        raise BadVisit("the time stamp is not of now")
