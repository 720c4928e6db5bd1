"""What shoppers ask for below their store's own address: Shopify passes it on, signed, and says who asks."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.domain.errors import BadVisit
from core.domain.grants import App
from integrations.shopify.adapter import shop_domain

APART_MOST_S: Final = 90
"""So far Shopify's own library lets its clock and ours be apart (shopifyapp 1.0.2)."""

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_CUSTOMER = re.compile(r"[0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who asks, as Shopify vouches for."""

    shop: str
    customer_ref: str | None
    """The customer who is signed in at the store; None: nobody is."""


def read_shopper(pairs: Iterable[tuple[str, str]], apps: Sequence[App], now: datetime) -> Shopper:
    """Who asks. Raises BadVisit unless an app of ours signed all the parameters there are, a moment ago."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    sent = values.pop("signature", [])
    if len(sent) != 1 or not any(_is_signed(values, sent[0], app) for app in apps):
        raise BadVisit("no app of ours signed it")
    told = {name: listed[0] for name, listed in values.items() if len(listed) == 1}
    seconds, shop = told.get("timestamp", ""), shop_domain(told.get("shop", ""))
    if not _SECONDS.fullmatch(seconds) or abs(now.timestamp() - int(seconds)) > APART_MOST_S:
        raise BadVisit("the time stamp is not of now")
    if shop is None:
        raise BadVisit("no shop is named")
    customer = told.get("logged_in_customer_id", "")
    return Shopper(shop, customer if _CUSTOMER.fullmatch(customer) else None)


def proxy_signature(values: Mapping[str, Sequence[str]], secret: str) -> str:
    """Hex of HMAC-SHA256 over the sorted parameters, several values of one name joined by commas."""
    said = "".join(sorted(f"{name}={','.join(listed)}" for name, listed in values.items()))
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def _is_signed(values: Mapping[str, Sequence[str]], sent: str, app: App) -> bool:
    return any(
        hmac.compare_digest(sent.encode(), proxy_signature(values, secret).encode()) for secret in app.secrets
    )
