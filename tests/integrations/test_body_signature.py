"""Whose deliveries are taken: only bytes that one of the store's secrets signed, told by one exact header."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.errors import BadSignature
from core.domain.platform import Delivery
from integrations.body_signature import header, verify
from integrations.woocommerce import PLATFORM

BODY = '{"id":1042,"note":"für Ana"}'.encode()
SECRET = "birch-webhook-secret"
GOOD = header(BODY, SECRET)


def test_the_signature_is_base64_of_hmac_sha256_over_the_raw_body() -> None:
    expected = base64.b64encode(hmac.new(SECRET.encode(), BODY, hashlib.sha256).digest()).decode()

    assert header(BODY, SECRET) == expected


def test_a_delivery_signed_with_the_stores_secret_is_taken() -> None:
    PLATFORM.verify(Delivery(BODY, {"x-wc-webhook-signature": GOOD}), (SECRET,))


def test_any_of_several_secrets_may_have_signed() -> None:
    verify(BODY, GOOD, ("a-newer-secret", SECRET))


@pytest.mark.parametrize("secret", ["plain", "Ünïcode & <html>", "  leading spaces", "", "🗝", "x" * 500])
def test_any_text_may_be_a_secret(secret: str) -> None:
    verify(BODY, header(BODY, secret), (secret,))


def test_one_changed_byte_of_the_body_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(BODY.replace(b"1042", b"1043"), GOOD, (SECRET,))


def test_the_same_json_written_with_other_spacing_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(BODY.replace(b":", b": "), GOOD, (SECRET,))


def test_another_stores_secret_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(BODY, GOOD, ("acorn-webhook-secret",))


def test_without_any_secret_nothing_is_taken() -> None:
    with pytest.raises(BadSignature):
        verify(BODY, GOOD, ())


RAW = base64.b64decode(GOOD)
MISSPELT = {
    "missing": None,
    "empty": "",
    "hexadecimal": RAW.hex(),
    "swapped case": GOOD.swapcase(),
    "space before": f" {GOOD}",
    "space inside": f"{GOOD[:20]} {GOOD[20:]}",
    "line break after": f"{GOOD}\n",
    "without padding": GOOD.rstrip("="),
    "doubled padding": f"{GOOD}=",
    "twice": f"{GOOD}, {GOOD}",
    "twice without a space": f"{GOOD},{GOOD}",
    "url-safe alphabet": base64.urlsafe_b64encode(b"\xff" * 32).decode(),
    "31 bytes": base64.b64encode(RAW[:31]).decode(),
    "33 bytes": base64.b64encode(RAW + b"\0").decode(),
    "ten thousand characters": "A" * 10_000,
    "not ASCII": "é" * 44,
    "fullwidth digits": GOOD[:-2] + "１=",
    "lone surrogate": "\udcff" * 44,
    "prefixed with its algorithm": f"sha256={GOOD}",
}


@pytest.mark.parametrize("sent", MISSPELT.values(), ids=MISSPELT)
def test_a_header_of_any_other_spelling_is_refused(sent: str | None) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, sent, (SECRET,))


def test_bits_hidden_in_the_last_character_make_another_header_not_a_second_good_one() -> None:
    # 32 bytes leave two unused bits in the 43rd character, which lenient readers ignore.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = alphabet.index(GOOD[42])
    twins = [f"{GOOD[:42]}{alphabet[last | bits]}=" for bits in (1, 2, 3)]

    assert all(base64.b64decode(twin) == RAW for twin in twins)
    for twin in twins:
        with pytest.raises(BadSignature):
            verify(BODY, twin, (SECRET,))


@given(body=st.binary(max_size=64), sent=st.none() | st.text(max_size=60) | st.binary(max_size=60))
@example(b"", "\x00")
@example(b"", "=" * 44)
def test_whatever_the_header_says_only_bad_signature_is_raised(body: bytes, sent: str | bytes | None) -> None:
    # Servers hand over header bytes as Latin-1 text.
    text = sent.decode("latin-1") if isinstance(sent, bytes) else sent
    with pytest.raises(BadSignature):
        verify(body, text, (SECRET,))


@given(body=st.binary(max_size=200), secret=st.text(max_size=40))
def test_what_a_secret_signed_that_secret_takes_and_another_does_not(body: bytes, secret: str) -> None:
    verify(body, header(body, secret), (secret,))
    with pytest.raises(BadSignature):
        verify(body, header(body, secret), (f"{secret}?",))


@pytest.mark.parametrize(
    ("body", "signed", "is_ping"),
    [
        (b"webhook_id=5", False, True),
        (b"webhook_id=5", True, False),
        (b"webhook_id=5\n", False, False),
        (b"webhook_id=five", False, False),
        (b"webhook_id=" + b"5" * 21, False, False),
        (b"webhook_id=5&id=1042", False, False),
        (b"", False, False),
    ],
)
def test_a_ping_is_only_the_exact_unsigned_form(body: bytes, signed: bool, is_ping: bool) -> None:
    headers = {"x-wc-webhook-signature": "anything"} if signed else {}

    assert PLATFORM.is_ping(Delivery(body, headers)) is is_ping
