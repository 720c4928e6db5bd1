"""Attempts to connect a store: begun here, approved at the store, answered by keys that nobody signed.

A state stands for the attempt while the merchant is away. It is bound to one address and one session, and
good for one connection: what comes with it is tried at that address, and at no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from core.config.secrets import Secrets
from core.db import attempts
from core.domain.connecting import HandedOver
from core.services.signing_in import digest_of

STATE_LASTS = timedelta(minutes=15)
USED_AFTER = timedelta(minutes=1)
"""So long after it connected, a state still answers well: a click on Approve that was made twice is no error
in the eyes of whoever made it. What comes then is not kept."""
KEPT_FOR = timedelta(days=1)
KEYS_MOST = 5
MAY_ONLY_READ = (
    "The store gave keys that may only read. Regulars also makes discount codes and webhooks: connect again, "
    "and leave the store's question as it comes. The keys that came are not kept; you can delete them in "
    "WooCommerce under Settings, Advanced, REST API."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of keys that came."""

    is_good: bool
    """Their state is one we gave out, and not used up."""
    to_try: int | None = None
    """The attempt whose keys are to be tried now; None: there is nothing to try."""


def begin(db: Connection, *, platform: str, url: str, state: str, session: str, now: datetime) -> int:
    """Note an attempt to connect the store at an address, by whoever this session is; its id."""
    attempts.forget_older(db, now - KEPT_FOR)
    return attempts.add(
        db,
        {
            "platform": platform,
            "url": url,
            "state_digest": digest_of(state),
            "session_digest": digest_of(session),
            "made_at": now,
            "ends_at": now + STATE_LASTS,
        },
    )


def is_expected(db: Connection, platform: str, state: str, now: datetime) -> bool:
    """Whether we gave out this state and wait for keys with it. Only reads: anybody may ask."""
    row = attempts.by_state(db, digest_of(state))
    return row is not None and row.platform == platform and _is_good(db, row, now)


def take_keys(db: Connection, platform: str, came: HandedOver, secrets: Secrets, now: datetime) -> Taken:
    """Keep keys that came for a good state, to be tried. Nothing is kept for any other."""
    row = attempts.by_state(db, digest_of(came.state))
    if row is None or row.platform != platform or not _is_good(db, row, now):
        return Taken(is_good=False)
    if row.stage == "connected":
        return Taken(is_good=True)
    if not came.may_write:
        if row.stage != "proving":
            attempts.change(db, row.id, stage="failed", problem=MAY_ONLY_READ)
        return Taken(is_good=True)
    attempts.keep_keys(db, row.id, secrets.seal({str(field): key for field, key in came.keys.items()}), now)
    if row.stage != "proving":
        attempts.change(db, row.id, stage="proving", problem=None, next_at=now)
    return Taken(is_good=True, to_try=row.id)


def _is_good(db: Connection, row: Row[Any], now: datetime) -> bool:
    if row.ends_at <= now or not attempts.session_lives(db, row.session_digest, now):
        return False
    if row.connected_at is not None and row.connected_at + USED_AFTER <= now:
        return False
    return attempts.number_of_keys(db, row.id) < KEYS_MOST


def attempt_of(db: Connection, session: str, *, state: str = "", attempt_id: int = 0) -> Row[Any] | None:
    """An attempt this very session began, by its state or by its id; None for anybody else's."""
    row = attempts.by_state(db, digest_of(state)) if state else attempts.by_id(db, attempt_id)
    return row if row is not None and row.session_digest == digest_of(session) else None


def opened_keys(db: Connection, attempt_id: int, secrets: Secrets) -> list[tuple[int, Mapping[str, str]]]:
    """The keys to be tried, with the numbers they are kept under, those that came first first."""
    return [(row.id, secrets.unseal(row.sealed)) for row in attempts.keys_of(db, attempt_id)]
