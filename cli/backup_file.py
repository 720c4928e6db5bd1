"""The file a backup is: one zip with a JSON line for every row, and a manifest that proves it whole.

It fits SQLite and PostgreSQL alike, so it also moves an installation from the one to the other. The keys of
the installation are in it only under a passphrase: whoever finds the file alone cannot read what is sealed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import Connection, Table

from core.config.secrets import Secrets
from core.db.dumping import count, lines_of
from core.domain.errors import Refused

FORMAT: Final = 1
SHORTEST_PASSPHRASE: Final = 12
_MANIFEST = "manifest.json"
_KEYS = "keys.sealed"
_SCRYPT = {"length": 32, "n": 2**15, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class TableKept:
    """One table in the file."""

    name: str
    rows: int
    sha256: str
    """Of its lines, each with its line end."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    revision: str
    """Of the database it was taken from."""
    taken_at: datetime
    keys: str
    """Tells whether an installation is the one this backup is of, and says nothing else of its keys."""
    probe: str
    """Sealed like everything in it: who opens this can read the rest."""
    has_keys: bool = False
    tables: tuple[TableKept, ...] = ()

    @property
    def rows(self) -> int:
        """In all tables together."""
        return sum(table.rows for table in self.tables)


def header_of(revision: str, keys: Secrets, now: datetime) -> Manifest:
    """A manifest that names no tables yet."""
    return Manifest(revision, now, mark_of(keys), keys.seal({}).decode())


def mark_of(keys: Secrets) -> str:
    """The same for the same installation's keys, whatever was rotated since."""
    return hmac.new(keys.identity_key, b"regulars backup", hashlib.sha256).hexdigest()[:16]


def write_backup(
    path: Path,
    db: Connection,
    tables: list[Table],
    header: Manifest,
    keys: bytes | None,
    advance: Callable[[int], None],
) -> Manifest:
    """Write the file; it is there under its name only when it is whole. Returns what it holds.

    `header`: all of the manifest but its tables. `keys`: what `sealed_keys` made, if they go with it.
    Raises OSError.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with ZipFile(file, "w", ZIP_DEFLATED) as archive:
                kept = tuple(_write_table(archive, db, table, advance) for table in tables)
                manifest = replace(header, has_keys=keys is not None, tables=kept)
                if keys is not None:
                    archive.writestr(_KEYS, keys)
                archive.writestr(_MANIFEST, _manifest_text(manifest))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _write_table(archive: ZipFile, db: Connection, table: Table, advance: Callable[[int], None]) -> TableKept:
    digest, rows = hashlib.sha256(), 0
    with archive.open(_member(table.name), "w", force_zip64=True) as out:
        for line in lines_of(db, table):
            raw = line.encode() + b"\n"
            digest.update(raw)
            out.write(raw)
            rows += 1
            advance(1)
    return TableKept(table.name, rows, digest.hexdigest())


def rows_of(db: Connection, tables: list[Table]) -> int:
    """How much there is to write."""
    return sum(count(db, table) for table in tables)


def read_manifest(path: Path) -> Manifest:
    """What the file says it holds. Raises Refused when it is no backup of ours."""
    try:
        with ZipFile(path) as archive:
            told: dict[str, Any] = json.loads(archive.read(_MANIFEST))
        if told["format"] != FORMAT:
            raise Refused(f"{path} was written by a newer version of Regulars; use that one.")
        return Manifest(
            revision=told["revision"],
            taken_at=datetime.fromisoformat(told["taken_at"]),
            keys=told["keys"],
            probe=told["probe"],
            has_keys=told["has_keys"],
            tables=tuple(TableKept(**table) for table in told["tables"]),
        )
    except FileNotFoundError as error:
        raise Refused(f"There is no file {path}.") from error
    except (BadZipFile, KeyError, TypeError, ValueError, EOFError, zlib.error) as error:
        raise Refused(f"{path} is not a whole backup of Regulars; take another one.") from error


def check_backup(path: Path, manifest: Manifest, advance: Callable[[int], None]) -> None:
    """Read everything once. Raises Refused when a single byte is not as it was written."""
    for table in manifest.tables:
        digest, rows = hashlib.sha256(), 0
        for line in read_lines(path, table.name):
            digest.update(line.encode())
            rows += 1
            advance(1)
        if (rows, digest.hexdigest()) != (table.rows, table.sha256):
            raise Refused(f"{path} is damaged in “{table.name}”; take another backup.")


def read_lines(path: Path, table: str) -> Iterator[str]:
    """One table's lines, each with its line end. Raises Refused when the file is damaged."""
    try:
        with ZipFile(path) as archive, archive.open(_member(table)) as lines:
            for line in lines:
                yield line.decode()
    except (BadZipFile, KeyError, ValueError, EOFError, OSError, zlib.error) as error:
        raise Refused(f"{path} is damaged in “{table}”; take another backup.") from error


def sealed_keys(keys: Secrets, passphrase: str) -> bytes:
    """The installation's keys as only the passphrase opens them. Raises Refused for one easily guessed."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Refused(f"A passphrase has at least {SHORTEST_PASSPHRASE} characters; four words do well.")
    salt = os.urandom(16)
    sealed = _fernet(passphrase, salt).encrypt(keys.text().encode())
    return json.dumps({"salt": base64.b64encode(salt).decode(), "sealed": sealed.decode()}).encode()


def opened_keys(path: Path, passphrase: str) -> str:
    """The secrets file's content that went with the backup. Raises Refused for a wrong passphrase."""
    try:
        with ZipFile(path) as archive:
            told = json.loads(archive.read(_KEYS))
        return _fernet(passphrase, base64.b64decode(told["salt"])).decrypt(told["sealed"]).decode()
    except (BadZipFile, KeyError, ValueError, zlib.error) as error:
        raise Refused(f"The keys in {path} are damaged; put a copy of secrets.json in its place.") from error
    except InvalidToken as error:
        raise Refused("The passphrase is not the one this backup was made with.") from error


def _fernet(passphrase: str, salt: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(Scrypt(salt=salt, **_SCRYPT).derive(passphrase.encode())))


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _manifest_text(manifest: Manifest) -> str:
    told = asdict(manifest) | {"format": FORMAT, "taken_at": manifest.taken_at.isoformat()}
    return json.dumps(told, indent=1)
