"""How a person without an account is recognised: by a keyed hash of the normalised e-mail address."""

from __future__ import annotations

import hashlib
import hmac
import re

LONGEST_ADDRESS = 254
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
_ADDRESS = re.compile(r"[^@\s<>,;:\"\\]+@[^@\s<>,;:\"\\]+\.[^@\s<>,;:\"\\]+")


def normal_email(value: object) -> str | None:
    """The address trimmed and case-folded, its domain in punycode; None when it is no usable address.

    `a+x@…` stays as written: treating tags as the same person is for fraud checks only.
    """
    text = value.strip().casefold() if isinstance(value, str) else ""
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or not _ADDRESS.fullmatch(text):
        return None
    local, _, domain = text.rpartition("@")
    try:
        in_ascii = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    address = f"{local}@{in_ascii}"
    return address if _DOMAIN.fullmatch(in_ascii) and len(address) <= LONGEST_ADDRESS else None


def email_key(key: bytes, store_id: int, email: str) -> bytes:
    """What stands for a normalised address in this store: 32 bytes, useless without the key or elsewhere."""
    return hmac.digest(key, f"{store_id}:{email}".encode("utf-8", "replace"), hashlib.sha256)
