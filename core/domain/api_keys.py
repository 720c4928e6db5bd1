"""What a key for reading over HTTP looks like: `regulars_{store}_{64 hexadecimal digits}`.

The store's number in it is a claim: it says in whose rows to look the key up.
"""

from __future__ import annotations

import hashlib
import re

SECRET_DIGITS = 64
"""256 bits."""

_KEY = re.compile(rf"regulars_([1-9][0-9]{{0,17}})_[0-9a-f]{{{SECRET_DIGITS}}}", re.ASCII)
_BEARER = re.compile(r"bearer +(\S+) *", re.ASCII | re.IGNORECASE)


def written_key(store_id: int, secret: str) -> str:
    """The key of a store around 64 hexadecimal digits drawn by chance."""
    key = f"regulars_{store_id}_{secret}"
    if not _KEY.fullmatch(key):
        raise ValueError(f"a key's secret is {SECRET_DIGITS} hexadecimal digits")
    return key


def claimed_store_id(key: str) -> int | None:
    """The store a key says it is of; None for what is no key."""
    found = _KEY.fullmatch(key)
    return int(found[1]) if found else None


def key_digest(key: str) -> bytes:
    """What is kept in a key's place. A key is all chance, so one round of SHA-256 suffices."""
    return hashlib.sha256(key.encode()).digest()


def key_in(authorization: str | None) -> str | None:
    """The key in an `Authorization: Bearer …` header; None when there is none."""
    found = _BEARER.fullmatch(authorization or "")
    return found[1] if found else None
