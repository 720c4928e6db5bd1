"""The page at a store on which its admin approves a key for us, and the key as it comes (wc-auth, v1)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode

from core.domain.connecting import Asking, HandedOver
from core.domain.errors import BadDelivery
from core.domain.payload import parse_object
from core.domain.platform import Field

APP_NAME: Final = "Regulars"
"""What the store's page calls us; the key is named after it."""

_STATE = re.compile(r"[A-Za-z0-9._-]{1,200}", re.ASCII)
_KEYS: Final = {
    Field.CONSUMER_KEY: re.compile(r"ck_[A-Za-z0-9]{1,64}", re.ASCII),
    Field.CONSUMER_SECRET: re.compile(r"cs_[A-Za-z0-9]{1,64}", re.ASCII),
}
"""As WooCommerce writes them."""


def asking_url(store_url: str, asking: Asking) -> str:
    """The store's own page, which asks its admin for a key that may read and write."""
    asked = {
        "app_name": APP_NAME,
        "scope": "read_write",
        "user_id": asking.state,
        "return_url": asking.return_url,
        "callback_url": asking.callback_url,
    }
    return f"{store_url}/wc-auth/v1/authorize?{urlencode(asked)}"


def handed_over(body: bytes) -> HandedOver:
    """What the store's server sent. Raises BadDelivery for what no store sends."""
    sent = parse_object(body)
    state = sent.get("user_id")
    if not isinstance(state, str) or not _STATE.fullmatch(state):
        raise BadDelivery("the keys come without a state")
    keys = {field: str(sent.get(field)) for field in _KEYS}
    if not all(_KEYS[field].fullmatch(key) for field, key in keys.items()):
        raise BadDelivery("these are no keys")
    return HandedOver(state, keys, sent.get("key_permissions") == "read_write")
