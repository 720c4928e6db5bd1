"""Signing in to the settings pages, and the session that follows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.db import signing_in

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=12)
"""Without a page being opened."""
PROLONGED_EVERY = timedelta(minutes=5)
"""So that not every page writes."""


@dataclass(frozen=True, slots=True)
class Session:
    """A living session."""

    staff_id: int | None
    """Whose it is; None: whoever runs this server."""
    ends_at: datetime

    def needs_prolonging(self, now: datetime) -> bool:
        """Whether it was last prolonged a while ago."""
        return self.ends_at < now + SESSION_LASTS - PROLONGED_EVERY


def digest_of(token: str) -> bytes:
    """What is kept in a token's place. A token is all chance, so one round of SHA-256 suffices."""
    return hashlib.sha256(token.encode()).digest()


def make_link(
    db: Connection,
    token: str,
    now: datetime,
    *,
    staff_id: int | None = None,
    lasts: timedelta = LINK_LASTS,
) -> datetime:
    """Let `token` sign somebody in, once and soon; until when. No `staff_id`: whoever runs this server."""
    signing_in.forget_ended(db, now)
    signing_in.add_link(db, digest_of(token), now, now + lasts, staff_id)
    return now + lasts


def can_sign_in(db: Connection, token: str, now: datetime) -> bool:
    """Whether the link with this token is still good. Does not use it: mail programs look at links, too."""
    return signing_in.is_open(db, digest_of(token), now)


def sign_in(db: Connection, token: str, session: str, now: datetime) -> bool:
    """Use the link, and open the session with this new token; False when the link is no longer good."""
    link = signing_in.use_link(db, digest_of(token), now)
    if link is None:
        return False
    open_session(db, session, link.staff_id, now)
    return True


def open_session(db: Connection, session: str, staff_id: int | None, now: datetime) -> None:
    """Open a session of somebody who proved who they are, with this new token."""
    signing_in.add_session(db, digest_of(session), now, now + SESSION_LASTS, staff_id)


def session_of(db: Connection, session: str, now: datetime) -> Session | None:
    """The session with this token; None: there is none, or it ended."""
    row = signing_in.session(db, digest_of(session), now)
    return None if row is None else Session(row.staff_id, row.ends_at)


def prolong(db: Connection, session: str, now: datetime) -> None:
    """The session lasts its whole time from now on."""
    signing_in.prolong(db, digest_of(session), now + SESSION_LASTS)


def sign_out(db: Connection, session: str) -> None:
    """End the session."""
    signing_in.end_session(db, digest_of(session))
