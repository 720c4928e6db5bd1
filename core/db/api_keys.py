"""Rows of keys for reading over HTTP. The keys themselves are kept nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.db.tables import api_keys


def add(db: Connection, store_id: int, digest: bytes, note: str, now: datetime) -> int:
    """Keep a key's digest; its id."""
    row = {"store_id": store_id, "digest": digest, "note": note, "made_at": now}
    key_id: int = db.execute(api_keys.insert().returning(api_keys.c.id), row).scalar_one()
    return key_id


def is_good(db: Connection, store_id: int, digest: bytes) -> bool:
    """Whether the store has this key and did not revoke it."""
    found = db.execute(
        select(api_keys.c.id).where(
            api_keys.c.store_id == store_id, api_keys.c.digest == digest, api_keys.c.revoked_at.is_(None)
        )
    )
    return found.first() is not None


def all_keys(db: Connection) -> list[Row[Any]]:
    """Every key the transaction may see, by id; revoked ones too."""
    return list(db.execute(select(api_keys).order_by(api_keys.c.id)))


def of_store(db: Connection, store_id: int) -> list[Row[Any]]:
    """Every key of a store, the newest first; revoked ones too."""
    chosen = select(api_keys).where(api_keys.c.store_id == store_id)
    return list(db.execute(chosen.order_by(api_keys.c.id.desc())))


def by_digest(db: Connection, store_id: int, digest: bytes) -> Row[Any] | None:
    """The store's key with this digest."""
    chosen = select(api_keys).where(api_keys.c.store_id == store_id, api_keys.c.digest == digest)
    return db.execute(chosen).first()


def by_id(db: Connection, key_id: int) -> Row[Any] | None:
    """The key with this id, if the transaction may see it."""
    return db.execute(select(api_keys).where(api_keys.c.id == key_id)).first()


def revoke(db: Connection, store_id: int, key_id: int, now: datetime) -> None:
    """From now on the key opens nothing."""
    db.execute(
        update(api_keys)
        .where(api_keys.c.store_id == store_id, api_keys.c.id == key_id)
        .values(revoked_at=now)
    )
