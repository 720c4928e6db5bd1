"""The plugin's word on who is signed in counts when every part of it does."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from core.domain.errors import BadVisit, StaleVisit
from integrations.woocommerce.identity import read_identity
from tests.world import NOW

SECRET = "5e" * 32
STORE, SERVER = "https://birch.example/shop", "https://loyalty.example"
AT_S = int(NOW.timestamp())


def claims(**changes: Any) -> dict[str, Any]:
    """What the plugin says of customer 17 at NOW; a claim set to None is left out."""
    said = {"iss": STORE, "aud": SERVER, "sub": "17", "iat": AT_S, "exp": AT_S + 300, "jti": "a1"} | changes
    return {name: value for name, value in said.items() if value is not None}


def signed(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, algorithm)


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def said(algorithm: str) -> str:
    """Head and claims, without a signature."""
    parts: list[dict[str, Any]] = [{"alg": algorithm, "typ": "JWT"}, claims()]
    return ".".join(encoded(json.dumps(part).encode()) for part in parts)


def read(token: str, secret: str = SECRET, later_s: int = 0) -> str:
    now = NOW + timedelta(seconds=later_s)
    return read_identity(token, secret, store_url=STORE, server=SERVER, now=now)


def test_a_token_of_the_store_s_plugin_names_its_customer() -> None:
    assert read(signed()) == "17"
    assert read(signed(iss=f"{STORE}/", aud=f"{SERVER}/")) == "17"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://mallory.example"},
        {"iss": f"{STORE}.mallory.example"},
        {"iss": None},
        {"aud": "https://other-server.example"},
        {"aud": [SERVER, "https://mallory.example"]},
        {"aud": None},
        {"sub": "0"},
        {"sub": "-17"},
        {"sub": "17; drop"},
        {"sub": "١٧"},
        {"sub": "1" * 21},
        {"sub": ""},
        {"sub": None},
        {"exp": None},
        {"exp": True},
        {"iat": None},
        {"iat": 1.5},
    ],
    ids=str,
)
def test_a_claim_that_is_wrong_or_absent_makes_it_worthless(changes: dict[str, Any]) -> None:
    with pytest.raises(BadVisit):
        read(signed(**changes))


@pytest.mark.parametrize(("later_s", "is_good"), [(-11, False), (-10, True), (309, True), (310, False)])
def test_it_is_good_from_ten_seconds_before_to_ten_seconds_after(later_s: int, is_good: bool) -> None:
    if is_good:
        assert read(signed(), later_s=later_s) == "17"
    else:
        with pytest.raises(StaleVisit):
            read(signed(), later_s=later_s)


def test_only_the_store_s_own_secret_signs() -> None:
    with pytest.raises(BadVisit):
        read(signed("6f" * 32))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    with pytest.raises(BadVisit):
        read(signed(algorithm=algorithm))


def test_an_unsigned_token_is_worthless() -> None:
    with pytest.raises(BadVisit):
        read(f"{said('none')}.")


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_store_without_a_secret_proves_nothing(secret: str) -> None:
    head_and_claims = said("HS256")
    signature = encoded(hmac.digest(secret.encode(), head_and_claims.encode(), "sha256"))
    with pytest.raises(BadVisit):
        read(f"{head_and_claims}.{signature}", secret)


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.ü.ö", "." * 2049, f"{'a' * 3000}.b.c"])
def test_noise_is_refused_and_nothing_breaks(token: str) -> None:
    with pytest.raises(BadVisit):
        read(token)


def test_no_token_is_one_to_be_asked_for_again() -> None:
    with pytest.raises(StaleVisit):
        read("")
