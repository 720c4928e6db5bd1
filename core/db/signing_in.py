"""Rows of sign-in links and sessions. What opens them is kept nowhere, only its digest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from core.db.admin_tables import admin_sessions, sign_in_links


def add_link(
    db: Connection, digest: bytes, now: datetime, ends_at: datetime, staff_id: int | None = None
) -> None:
    """Keep a link's digest, and whom it signs in."""
    db.execute(sign_in_links.insert().values(digest=digest, made_at=now, ends_at=ends_at, staff_id=staff_id))


def use_link(db: Connection, digest: bytes, now: datetime) -> Row[Any] | None:
    """The link, for the one who uses it first, in time."""
    used = update(sign_in_links).where(*_open_link(digest, now)).values(used_at=now)
    return db.execute(used.returning(sign_in_links.c.staff_id)).first()


def link(db: Connection, digest: bytes, now: datetime) -> Row[Any] | None:
    """The link, unless it was used or ended. Does not use it."""
    return db.execute(select(sign_in_links.c.staff_id).where(*_open_link(digest, now))).first()


def end_links(db: Connection, staff_id: int) -> None:
    """No link signs this person in any more."""
    db.execute(delete(sign_in_links).where(sign_in_links.c.staff_id == staff_id))


def _open_link(digest: bytes, now: datetime) -> tuple[Any, ...]:
    is_this, is_unused = sign_in_links.c.digest == digest, sign_in_links.c.used_at.is_(None)
    return is_this, is_unused, sign_in_links.c.ends_at > now


def add_session(
    db: Connection, digest: bytes, now: datetime, ends_at: datetime, staff_id: int | None = None
) -> None:
    """Keep a session's digest, and whose it is."""
    db.execute(admin_sessions.insert().values(digest=digest, made_at=now, ends_at=ends_at, staff_id=staff_id))


def session(db: Connection, digest: bytes, now: datetime) -> Row[Any] | None:
    """The session, unless it ended."""
    chosen = select(admin_sessions).where(admin_sessions.c.digest == digest, admin_sessions.c.ends_at > now)
    return db.execute(chosen).first()


def prolong(db: Connection, digest: bytes, ends_at: datetime) -> None:
    """Let a session last longer."""
    db.execute(update(admin_sessions).where(admin_sessions.c.digest == digest).values(ends_at=ends_at))


def end_session(db: Connection, digest: bytes) -> None:
    """The session is no more."""
    db.execute(delete(admin_sessions).where(admin_sessions.c.digest == digest))


def sessions_of(db: Connection, staff_id: int | None, now: datetime, limit: int) -> list[Row[Any]]:
    """{digest, made_at, ends_at} of somebody's living sessions, the last used first."""
    is_theirs = admin_sessions.c.staff_id == staff_id if staff_id else admin_sessions.c.staff_id.is_(None)
    chosen = select(admin_sessions).where(is_theirs, admin_sessions.c.ends_at > now)
    return list(db.execute(chosen.order_by(admin_sessions.c.ends_at.desc()).limit(limit)))


def end_sessions(db: Connection, staff_id: int | None, *, but: bytes = b"") -> int:
    """End somebody's sessions, but for one; how many there were."""
    is_theirs = admin_sessions.c.staff_id == staff_id if staff_id else admin_sessions.c.staff_id.is_(None)
    return db.execute(delete(admin_sessions).where(is_theirs, admin_sessions.c.digest != but)).rowcount


def forget_ended(db: Connection, now: datetime) -> None:
    """Drop links and sessions that open nothing any more."""
    db.execute(delete(sign_in_links).where(sign_in_links.c.ends_at <= now))
    db.execute(delete(admin_sessions).where(admin_sessions.c.ends_at <= now))
