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

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.encryption_keys])


def ensure_secrets(settings: Settings) -> Secrets:
    """The installation's secrets, made at the first call. Raises Refused for weak or unreadable ones."""
    if settings.secrets_text is not None:
        return _read(settings.secrets_text, "REGULARS_SECRETS")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        _write_new(settings)
    return _read(settings.secrets_file.read_text("utf-8"), str(settings.secrets_file))


def add_key(settings: Settings) -> None:
    """Put a fresh encryption key before those in the secrets file. Raises Refused for an unreadable one."""
    held = _stored(settings)
    _replace(settings, [Fernet.generate_key().decode(), *held.encryption_keys], held.identity_key)


def keep_newest(settings: Settings) -> None:
    """Drop all encryption keys but the first from the secrets file."""
    held = _stored(settings)
    _replace(settings, [held.encryption_keys[0]], held.identity_key)


def _stored(settings: Settings) -> Secrets:
    return _read(settings.secrets_file.read_text("utf-8"), str(settings.secrets_file))


def _replace(settings: Settings, encryption_keys: list[str], identity_key: bytes) -> None:
    """The file as it was or as it will be, at every moment."""
    temporary = _written(settings, encryption_keys, identity_key.hex())
    temporary.replace(settings.secrets_file)


def _write_new(settings: Settings) -> None:
    """Write fresh secrets under a temporary name and link it, so that nobody ever reads half a file."""
    if settings.secrets_file.exists():
        raise FileExistsError
    temporary = _written(settings, [Fernet.generate_key().decode()], secrets.token_hex(_SHORTEST_KEY_BYTES))
    try:
        os.link(temporary, settings.secrets_file)
    finally:
        temporary.unlink()


def _written(settings: Settings, encryption_keys: list[str], identity_key: str) -> Path:
    """A whole file of secrets beside the real one, safely on the disk; its owner alone can read it."""
    made = json.dumps({"encryption_keys": encryption_keys, "identity_key": identity_key}, indent=2)
    temporary = settings.data_dir / f".secrets-{secrets.token_hex(8)}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(made + "\n")
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _read(text: str, origin: str) -> Secrets:
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
