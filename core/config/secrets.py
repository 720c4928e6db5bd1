"""The installation's own secrets: made once, in a file only its owner can read, never in the database."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.config.settings import Settings
from core.domain.errors import Refused

_SHORTEST_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys of this installation."""

    encryption_keys: tuple[str, ...]
    """Fernet keys, newest first: the first encrypts, all decrypt."""
    identity_key: bytes
    """Turns e-mail addresses into keys. Never rotated: guests could no longer be recognised."""

    def seal(self, value: dict[str, str]) -> bytes:
        """Text fields encrypted together."""
        return self._fernet().encrypt(json.dumps(value).encode())

    def unseal(self, sealed: bytes) -> dict[str, str]:
        """What `seal` encrypted. Raises Refused when it was sealed with a key we do not have."""
        try:
            opened: dict[str, str] = json.loads(self._fernet().decrypt(sealed))
        except InvalidToken as error:
            raise Refused(
                "The stored credentials were encrypted with another key: put the secrets file of this "
                "database back, or connect the store again."
            ) from error
        return opened

    def is_newest(self, sealed: bytes) -> bool:
        """Whether the newest key sealed this."""
        try:
            Fernet(self.encryption_keys[0]).decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def opens(self, sealed: bytes) -> bool:
        """Whether any of the keys sealed this."""
        try:
            self._fernet().decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def text(self) -> str:
        """The secrets file's content."""
        return json.dumps(
            {"encryption_keys": list(self.encryption_keys), "identity_key": self.identity_key.hex()}, indent=2
        )

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.encryption_keys])


def ensure_secrets(settings: Settings) -> Secrets:
    """The installation's secrets, made at the first call. Raises Refused for weak or unreadable ones."""
    if settings.secrets_text is not None:
        return read_secrets(settings.secrets_text, "REGULARS_SECRETS")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.secrets_file.exists():
        fresh = Secrets((Fernet.generate_key().decode(),), secrets.token_bytes(_SHORTEST_KEY_BYTES))
        with suppress(FileExistsError):
            write_secrets(settings, fresh.text())
    return read_secrets(settings.secrets_file.read_text("utf-8"), str(settings.secrets_file))


def add_key(settings: Settings) -> None:
    """Put a fresh encryption key before those in the secrets file. Raises Refused for an unreadable one."""
    held = _stored(settings)
    fresh = Fernet.generate_key().decode()
    _replace(settings, Secrets((fresh, *held.encryption_keys), held.identity_key))


def add_older_keys(settings: Settings, older: Secrets) -> None:
    """Put another file's encryption keys behind those in the secrets file: what they sealed can be read."""
    held = _stored(settings)
    known = (
        *held.encryption_keys,
        *(key for key in older.encryption_keys if key not in held.encryption_keys),
    )
    _replace(settings, Secrets(known, held.identity_key))


def keep_newest(settings: Settings) -> None:
    """Drop all encryption keys but the first from the secrets file."""
    held = _stored(settings)
    _replace(settings, Secrets(held.encryption_keys[:1], held.identity_key))


def _stored(settings: Settings) -> Secrets:
    return read_secrets(settings.secrets_file.read_text("utf-8"), str(settings.secrets_file))


def write_secrets(settings: Settings, text: str) -> None:
    """Write a secrets file where there is none. Raises FileExistsError."""
    temporary = _beside(settings, text)
    try:
        os.link(temporary, settings.secrets_file)
    finally:
        temporary.unlink()


def _replace(settings: Settings, held: Secrets) -> None:
    """The file as it was or as it will be, at every moment."""
    _beside(settings, held.text()).replace(settings.secrets_file)


def _beside(settings: Settings, text: str) -> Path:
    """A whole file of secrets under a temporary name, so that nobody ever reads half of the real one."""
    temporary = settings.data_dir / f".secrets-{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return temporary


def read_secrets(text: str, origin: str) -> Secrets:
    """The secrets in a text that came from `origin`. Raises Refused for weak or unreadable ones."""
    try:
        stored: dict[str, Any] = json.loads(text)
        keys = tuple(str(key) for key in stored["encryption_keys"])
        identity_key = bytes.fromhex(stored["identity_key"])
        MultiFernet([Fernet(key) for key in keys])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{origin} does not hold the secrets of an installation: {error}.") from error
    if not keys or len(identity_key) < _SHORTEST_KEY_BYTES or len(set(identity_key)) < 8:
        raise Refused(f"{origin} holds a key that is too short or guessable; restore the file from a backup.")
    return Secrets(keys, identity_key)
