"""Signing in to the settings pages: by a link that whoever runs this server makes."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.db import signing_in

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=12)
"""Without a page being opened."""
PROLONGED_EVERY = timedelta(minutes=5)
"""So that not every page writes."""


def digest_of(token: str) -> bytes:
    """What is kept in a token's place. A token is all chance, so one round of SHA-256 suffices."""
    return hashlib.sha256(token.encode()).digest()


def make_link(db: Connection, token: str, now: datetime) -> datetime:
    """Let `token` sign somebody in, once and soon; until when."""
    signing_in.forget_ended(db, now)
    signing_in.add_link(db, digest_of(token), now, now + LINK_LASTS)
    return now + LINK_LASTS


def can_sign_in(db: Connection, token: str, now: datetime) -> bool:
    """Whether the link with this token is still good. Does not use it: mail programs look at links, too."""
    return signing_in.is_open(db, digest_of(token), now)


def sign_in(db: Connection, token: str, session: str, now: datetime) -> bool:
    """Use the link, and open the session with this new token; False when the link is no longer good."""
    if not signing_in.use_link(db, digest_of(token), now):
        return False
    signing_in.add_session(db, digest_of(session), now, now + SESSION_LASTS)
    return True


def is_signed_in(db: Connection, session: str, now: datetime) -> bool:
    """Whether the session lives."""
    return signing_in.session(db, digest_of(session), now) is not None


def needs_prolonging(db: Connection, session: str, now: datetime) -> bool:
    """Whether a living session was last prolonged a while ago."""
    row = signing_in.session(db, digest_of(session), now)
    return row is not None and row.ends_at < now + SESSION_LASTS - PROLONGED_EVERY


def prolong(db: Connection, session: str, now: datetime) -> None:
    """The session lasts its whole time from now on."""
    signing_in.prolong(db, digest_of(session), now + SESSION_LASTS)


def sign_out(db: Connection, session: str) -> None:
    """End the session."""
    signing_in.end_session(db, digest_of(session))
