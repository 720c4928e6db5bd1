"""Rows of attempts to connect a store, and of the keys that came for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from core.db.tables import admin_sessions, connect_attempts, connect_keys


def add(db: Connection, values: dict[str, Any]) -> int:
    """A new attempt; its id."""
    attempt_id: int = db.execute(
        connect_attempts.insert().returning(connect_attempts.c.id), {"stage": "asked", **values}
    ).scalar_one()
    return attempt_id


def by_id(db: Connection, attempt_id: int) -> Row[Any] | None:
    """The attempt with this id."""
    return db.execute(select(connect_attempts).where(connect_attempts.c.id == attempt_id)).first()


def by_state(db: Connection, state_digest: bytes) -> Row[Any] | None:
    """The attempt a state belongs to."""
    return db.execute(select(connect_attempts).where(connect_attempts.c.state_digest == state_digest)).first()


def session_lives(db: Connection, session_digest: bytes, now: datetime) -> bool:
    """Whether whoever began an attempt is still signed in."""
    is_this = admin_sessions.c.digest == session_digest
    found = db.execute(select(admin_sessions.c.digest).where(is_this, admin_sessions.c.ends_at > now))
    return found.first() is not None


def keep_keys(db: Connection, attempt_id: int, sealed: bytes, now: datetime) -> None:
    """Keys that came and are to be tried."""
    db.execute(connect_keys.insert().values(attempt_id=attempt_id, sealed=sealed, came_at=now))


def keys_of(db: Connection, attempt_id: int) -> list[Row[Any]]:
    """Keys to be tried, those that came first first."""
    chosen = select(connect_keys).where(connect_keys.c.attempt_id == attempt_id).order_by(connect_keys.c.id)
    return list(db.execute(chosen))


def number_of_keys(db: Connection, attempt_id: int) -> int:
    """How many keys wait to be tried."""
    counted = select(func.count()).where(connect_keys.c.attempt_id == attempt_id)
    return int(db.execute(counted).scalar_one())


def forget_key(db: Connection, key_id: int) -> None:
    """This key let nobody in."""
    db.execute(delete(connect_keys).where(connect_keys.c.id == key_id))


def forget_keys(db: Connection, attempt_id: int) -> None:
    """No key of the attempt is needed any more."""
    db.execute(delete(connect_keys).where(connect_keys.c.attempt_id == attempt_id))


def change(db: Connection, attempt_id: int, **values: Any) -> None:
    """Write how far an attempt is."""
    db.execute(update(connect_attempts).where(connect_attempts.c.id == attempt_id).values(values))


def claim(db: Connection, attempt_id: int, now: datetime, until: datetime) -> bool:
    """True for the one who may try the attempt's keys; nobody else may before `until`."""
    claimed = db.execute(
        update(connect_attempts)
        .where(
            connect_attempts.c.id == attempt_id,
            connect_attempts.c.stage == "proving",
            connect_attempts.c.next_at <= now,
        )
        .values(next_at=until)
    )
    return claimed.rowcount == 1


def due(db: Connection, now: datetime) -> list[int]:
    """Attempts whose keys are to be tried now."""
    is_due = (connect_attempts.c.stage == "proving") & (connect_attempts.c.next_at <= now)
    return list(db.execute(select(connect_attempts.c.id).where(is_due)).scalars())


def forget_older(db: Connection, made_before: datetime) -> None:
    """Drop attempts of old, with whatever keys came for them."""
    old = select(connect_attempts.c.id).where(connect_attempts.c.made_at < made_before)
    db.execute(delete(connect_keys).where(connect_keys.c.attempt_id.in_(old)))
    db.execute(delete(connect_attempts).where(connect_attempts.c.made_at < made_before))
