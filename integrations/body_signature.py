"""Signatures as both platforms send them: base64 of HMAC-SHA256 over the raw body. Headers are not signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from core.domain.errors import BadSignature

_BASE64_LENGTH = 44
"""Of 32 bytes."""


def verify(body: bytes, signature: str | None, secrets: tuple[str, ...]) -> None:
    """Return when one of `secrets` signed exactly these bytes; else raise BadSignature, whatever was sent."""
    sent = _decoded(signature or "")
    if not any(hmac.compare_digest(sent, sign(body, secret)) for secret in secrets):
        raise BadSignature("no secret of this store signed the body")


def sign(body: bytes, secret: str) -> bytes:
    """The 32 bytes a store with this secret signs the body with."""
    return hmac.digest(secret.encode("utf-8", "surrogateescape"), body, hashlib.sha256)


def header(body: bytes, secret: str) -> str:
    """The signature as it travels."""
    return base64.b64encode(sign(body, secret)).decode("ascii")


def _decoded(signature: str) -> bytes:
    """The bytes sent; only the one canonical spelling is taken, so no two headers mean the same."""
    try:
        sent = base64.b64decode(signature.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise BadSignature("the signature is not base64") from error
    if len(signature) != _BASE64_LENGTH or base64.b64encode(sent).decode("ascii") != signature:
        raise BadSignature("the signature is not the base64 of 32 bytes")
    return sent
