"""Ending redemptions: taken back before they are used, or over because their time is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import effects, redemptions
from core.db.effects import END_CODE
from core.domain.errors import Refused
from core.domain.program import ExpiredCodes
from core.domain.redemptions import CALM, Standing, State
from core.domain.stores import Store
from core.services.restoring import Held, give_all_back, hold, move
from core.services.terms import load_terms

PORTION = 200
"""Redemptions that end in one transaction."""

_WHY_NOT = {
    State.USED: "Order {order_ref} uses this code; its points come back when its goods do.",
    State.EXPIRED: "This code has expired.",
    State.FAILED: "The store never had this code; its points are back already.",
}


def cancel(db: Connection, store: Store, redemption_id: int, now: datetime) -> Row[Any]:
    """Take a redemption back; asked again, it stays as it is.

    Where the store was never asked for the code the points are back at once. Otherwise it is `cancelling`
    until the store said that the code is off and nobody used it for a while. Raises Refused.
    """
    held = hold(db, store, redemption_id)
    if held is None:
        raise Refused(f"There is no redemption {redemption_id} in this store.")
    state = held.redemption.state
    if state in _WHY_NOT:
        raise Refused(_WHY_NOT[state].format(order_ref=held.row.order_ref))
    if state is State.PENDING and not held.row.tries:
        give_all_back(db, held, State.CANCELLED, "taken back before the store was asked", now)
    elif state in {State.PENDING, State.LIVE}:
        redemptions.change(db, store.store_id, redemption_id, state=State.CANCELLING, changed_at=now)
        effects.ask(db, store.store_id, END_CODE, [str(redemption_id)], now)
    return redemptions.the(db, store.store_id, redemption_id)


def end_codes(db: Connection, store: Store, now: datetime) -> int:
    """Expire codes that ended without being used; how many. Some time after their end: orders come late."""
    due = redemptions.ended(db, store.store_id, now - CALM, PORTION)
    if not due:
        return 0
    terms = load_terms(db, store)
    for row in due:
        held = hold(db, store, row.id)
        if held is not None and held.redemption.state is State.LIVE:
            _expire(db, held, terms.version(row.program_version).program.expired_codes, now)
    return len(due)


def _expire(db: Connection, held: Held, rule: ExpiredCodes, now: datetime) -> None:
    if rule is ExpiredCodes.RETURN:
        give_all_back(db, held, State.EXPIRED, "it ended without being used", now)
        return
    move(db, held, Standing(State.EXPIRED, held.row.restored_points, None), "", now)
