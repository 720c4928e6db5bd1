"""Who a message is about, and whom a body names. Everything here only looks; nothing is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from core.domain.orders import OrderSnapshot
from core.domain.people import normal_email

_ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]\\|=]{1,64}@[^\s<>,;:\"'()\[\]\\|=@]{1,190}")
_CUSTOMER_GID = re.compile(r"gid://shopify/Customer/(\d{1,19})")
_CUSTOMER_KEYS: Final = frozenset({"customer_id", "customerId"})
_TOKEN = re.compile(r"[A-Za-z0-9]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a platform names them. Personal: lives no longer than the transaction it is used in."""

    customer_ref: str | None
    email: str | None
    """Normalised."""
    order_refs: tuple[str, ...] = ()
    """Orders the platform says are theirs."""


@dataclass(frozen=True, slots=True)
class Named:
    """Everybody a body names."""

    customer_refs: frozenset[str]
    emails: frozenset[str]
    """Normalised."""


def account_tombstone(key: bytes, store_id: int, customer_ref: str) -> bytes:
    """By what a forgotten account is known: 32 bytes that say nothing without the key."""
    return hmac.digest(key, f"tombstone:{store_id}:{customer_ref}".encode(), hashlib.sha256)


def address_tombstone(key: bytes, email_key: bytes) -> bytes:
    """By what a forgotten address is known, from what it was recognised by."""
    return hmac.digest(key, b"tombstone:" + email_key, hashlib.sha256)


def without_person(snapshot: OrderSnapshot) -> OrderSnapshot:
    """The order without what names the shopper or was typed in: account, codes, a strange referral."""
    token = snapshot.referral_token
    is_token = token is not None and _TOKEN.fullmatch(token) is not None
    return replace(snapshot, customer_ref=None, discount_codes=(), referral_token=token if is_token else None)


def named_in(topic: str, body: bytes) -> Named:
    """Accounts and addresses a delivery's body names. Bytes nobody can read are searched for addresses."""
    text = body.decode("utf-8", "replace")
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        parsed = text
    found = set(_walk(parsed, "customer" if topic.startswith("customer") else ""))
    emails = (normal_email(value) for kind, value in found if kind == "email")
    return Named(
        frozenset(value for kind, value in found if kind == "ref"),
        frozenset(email for email in emails if email),
    )


def _walk(top: object, top_key: str) -> Iterator[tuple[str, str]]:
    """Without recursion: a body may be nested deeper than the stack."""
    waiting: list[tuple[str, object]] = [(top_key, top)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, str):
            yield from (("email", one) for one in _ADDRESS.findall(value))
            yield from (("ref", one) for one in _CUSTOMER_GID.findall(value))
        if key in _CUSTOMER_KEYS and isinstance(value, str | int):
            yield "ref", str(value)
        elif isinstance(value, Mapping):
            yield from _account(key, value)
            waiting += value.items()
        elif isinstance(value, list):
            waiting += ((key, one) for one in value)


def _account(key: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if key == "customer" and isinstance(value.get("id"), str | int):
        yield "ref", str(value["id"])
