"""Deliveries that wait for somebody: read again, vouched for, or closed. Each is written down."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from core.db import activity, effects, inbox
from core.db.inbox import State
from core.domain.errors import Refused
from core.domain.staff import Role, Who
from core.services.noting import note_change
from core.services.quarantine import clear_if_empty

REPLAYABLE: Final = frozenset(State) - {State.NEW}
DISMISSIBLE: Final = frozenset({State.DEAD, State.QUARANTINED})
NEEDS_VOUCHING: Final = Role.MANAGER
"""What it takes to say that a quarantined delivery is the store's own."""


def read_again(db: Connection, store_id: int, inbox_id: int, who: Who, now: datetime) -> None:
    """Put one delivery back in line with all its tries; of a quarantined one, vouch for it.

    Ring DRAIN after the commit. Raises Refused where there is nothing to read, or it takes another role.
    """
    row = activity.delivery(db, store_id, inbox_id)
    if row is None:
        raise Refused("There is no such delivery.")
    if row.state == State.QUARANTINED and not who.may(NEEDS_VOUCHING):
        raise Refused("To vouch for a delivery takes the role of a manager.")
    if not inbox.replay(db, store_id, now, row_id=inbox_id, states=REPLAYABLE):
        raise Refused("It waits to be counted already, or its body is no longer kept.")
    clear_if_empty(db, store_id)
    action = "delivery.vouched" if row.state == State.QUARANTINED else "delivery.read_again"
    before = {"state": row.state}
    note_change(
        db, store_id, who, action, f"delivery {inbox_id}", now, before=before, after={"state": State.NEW}
    )


def read_dead_again(db: Connection, store_id: int, who: Who, now: datetime) -> int:
    """Put every dead delivery back in line; how many. Ring DRAIN after the commit."""
    count = inbox.replay(db, store_id, now, row_id=None, states={State.DEAD})
    if count:
        note_change(
            db, store_id, who, "delivery.all_read_again", "dead deliveries", now, after={"deliveries": count}
        )
    return count


def dismiss(db: Connection, store_id: int, inbox_id: int, who: Who, now: datetime) -> None:
    """Close a dead or quarantined delivery as saying nothing. It changes no points, and can be read again.

    Raises Refused when it is neither.
    """
    row = activity.delivery(db, store_id, inbox_id)
    if row is None or not inbox.dismiss(db, store_id, inbox_id, DISMISSIBLE):
        raise Refused("It is neither unreadable nor set aside; there is nothing to close.")
    clear_if_empty(db, store_id)
    before, after = {"state": row.state}, {"state": State.IGNORED}
    note_change(db, store_id, who, "delivery.closed", f"delivery {inbox_id}", now, before=before, after=after)


def call_again(db: Connection, store_id: int, who: Who, now: datetime) -> int:
    """Have calls to the store that were set aside tried now; how many. Ring EFFECTS after the commit."""
    count = effects.unpark(db, store_id, effects.KINDS, now)
    if count:
        note_change(db, store_id, who, "calls.tried_again", "calls set aside", now, after={"calls": count})
    return count
