"""Passwords, kept as Argon2id and never as they are. Takes time on purpose: never within a transaction."""

from __future__ import annotations

from functools import cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.domain.passwords import LONGEST, normal_password

NOBODYS: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$dzdwzYl8TUwS2S6TSHwc6g$/97PVVcGplUzHyh3ZhqjlofSTTgU/l1AozZEh8qlPII"
)
"""Of no password that anybody has. What is typed for an unknown address is tried on it, to take as long."""


@cache
def _hasher() -> PasswordHasher:
    # What OWASP asks for at the least: 19 MiB and a few hundredths of a second, also where there is one core
    # and half a gigabyte for everything.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, type=Type.ID)


def hashed(password: str) -> str:
    """What is kept in its place."""
    return _hasher().hash(normal_password(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the one that `kept` was made of. Takes as long where there is none."""
    if len(password) > LONGEST:
        return False
    try:
        _hasher().verify(kept or NOBODYS, normal_password(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether it was made with less effort than is made today."""
    return _hasher().check_needs_rehash(kept)
