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
SESSIONS_SHOWN = 50


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


@dataclass(frozen=True, slots=True)
class Link:
    """A link that signs in."""

    staff_id: int | None
    """Whom; None: whoever runs this server."""


def good_link(db: Connection, token: str, now: datetime) -> Link | None:
    """The link with this token, while it is good. Does not use it: mail programs look at links, too."""
    row = signing_in.link(db, digest_of(token), now)
    return None if row is None else Link(row.staff_id)


def use_link(db: Connection, token: str, now: datetime) -> Link | None:
    """The link with this token, which is used with that; None when it is no longer good."""
    row = signing_in.use_link(db, digest_of(token), now)
    return None if row is None else Link(row.staff_id)


def sign_in(db: Connection, token: str, session: str, now: datetime) -> bool:
    """Use the link, and open the session with this new token; False when the link is no longer good."""
    link = use_link(db, token, now)
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


@dataclass(frozen=True, slots=True)
class Seen:
    """A living session, as its owner sees it."""

    began_at: datetime
    last_used_at: datetime
    """To a few minutes."""
    is_this: bool


def sessions_of(db: Connection, staff_id: int | None, session: str, now: datetime) -> list[Seen]:
    """Somebody's living sessions, the last used first, `session` being the one that asks."""
    this = digest_of(session)
    return [
        Seen(row.made_at, last_used(row.ends_at), row.digest == this)
        for row in signing_in.sessions_of(db, staff_id, now, SESSIONS_SHOWN)
    ]


def last_used(ends_at: datetime) -> datetime:
    """When a session that ends then was last used, to a few minutes."""
    return ends_at - SESSION_LASTS


def sign_out_elsewhere(db: Connection, staff_id: int | None, session: str) -> int:
    """End all of somebody's sessions but this one; how many there were."""
    return signing_in.end_sessions(db, staff_id, but=digest_of(session))


def sign_out(db: Connection, session: str) -> None:
    """End the session."""
    signing_in.end_session(db, digest_of(session))
