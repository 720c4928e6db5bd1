"""How often signing in may fail: by the address that was typed, and by the network it came from.

A try counts before its password is looked at, and no more once the password was right. Who guesses at an
address from many networks shuts it for browsers that never signed in with it; those that did are counted by
themselves, and a link signs in at all times.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import sign_in_failures

WITHIN: Final = timedelta(minutes=15)
FOR_AN_ADDRESS: Final = 10
FOR_A_NETWORK: Final = 50

_PREFIX: Final = {4: 32, 6: 64}
"""What one household or server has of its own."""


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody tries to sign in."""

    most: Mapping[bytes, int]
    """What it is counted under, and how many may fail there."""
    name: str
    """What the log says for the address: the same for the same one, and of use to nobody else."""


def a_try(secrets: Secrets, email: str, client: str, *, known_browser: str = "") -> Try:
    """A try with an address from a client; `known_browser`: what a browser showed that signed in before."""
    address = _key(
        secrets, f"address:{email}:browser:{known_browser}" if known_browser else f"address:{email}"
    )
    network = _key(secrets, f"network:{network_of(client)}")
    return Try({address: FOR_AN_ADDRESS, network: FOR_A_NETWORK}, address.hex()[:12])


def network_of(client: str) -> str:
    """The network of a client's address: /32 or /64; the text itself where it is no address."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    mapped = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network((mapped, _PREFIX[mapped.version]), strict=False))


def is_too_often(db: Connection, tried: Try, now: datetime) -> bool:
    """Whether so many failed of late that this one is not looked at."""
    since = now - WITHIN
    return any(sign_in_failures.count_since(db, key, since) >= most for key, most in tried.most.items())


def count_try(db: Connection, tried: Try, now: datetime) -> list[int]:
    """It counts as failed until `forgive`; what that needs."""
    sign_in_failures.forget_before(db, now - WITHIN)
    return sign_in_failures.add(db, list(tried.most), now)


def forgive(db: Connection, counted: list[int]) -> None:
    """The password was right."""
    sign_in_failures.remove(db, counted)


def mark_of_browser(secrets: Secrets, email: str, password_hash: str) -> str:
    """What a browser keeps that signed in with a password, until the password is another."""
    return _key(secrets, f"browser:{email}:{password_hash}").hex()


def _key(secrets: Secrets, what: str) -> bytes:
    return hmac.digest(secrets.identity_key, f"sign in:{what}".encode("utf-8", "replace"), hashlib.sha256)
