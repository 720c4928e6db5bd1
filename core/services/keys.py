"""Keys for reading a store over HTTP: made once, shown once, told by their digest, revoked for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.db import api_keys, stores
from core.domain.api_keys import key_digest, written_key
from core.domain.errors import Refused
from core.domain.stores import Store

NOTE_LENGTH_MOST = 200


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key, as nobody will ever see it again."""

    key_id: int
    key: str


def make_key(db: Connection, store: Store, note: str, secret: str, now: datetime) -> MadeKey:
    """A new key of the store around `secret`, 64 hexadecimal digits drawn by chance. Raises Refused."""
    if len(note) > NOTE_LENGTH_MOST or not note.isprintable():
        raise Refused(f"A note has at most {NOTE_LENGTH_MOST} printable characters.")
    key = written_key(store.store_id, secret)
    return MadeKey(api_keys.add(db, store.store_id, key_digest(key), note, now), key)


def store_opened_by(db: Connection, store_id: int, key: str) -> Store | None:
    """The store with this id if the key is one of its own; None for unknown and revoked keys."""
    return stores.store_by_id(db, store_id) if api_keys.is_good(db, store_id, key_digest(key)) else None


def revoke_key(db: Connection, key_id: int, now: datetime) -> None:
    """From now on the key opens nothing. Raises Refused when there is none, or it was revoked before."""
    row = api_keys.by_id(db, key_id)
    if row is None:
        raise Refused(f"There is no key {key_id}; bin/regulars key list shows those there are.")
    if row.revoked_at is not None:
        raise Refused(f"Key {key_id} was revoked before and opens nothing.")
    api_keys.revoke(db, row.store_id, key_id, now)
