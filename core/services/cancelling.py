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
from core.services.restoring import Held, give_all_back, held, hold, lock, move
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
    found = hold(db, store, redemption_id)
    if found is None:
        raise Refused(f"There is no redemption {redemption_id} in this store.")
    state = found.redemption.state
    if state in _WHY_NOT:
        raise Refused(_WHY_NOT[state].format(order_ref=found.row.order_ref))
    if state is State.PENDING and not found.row.tries:
        give_all_back(db, found, State.CANCELLED, "taken back before the store was asked", now)
    elif state in {State.PENDING, State.LIVE}:
        columns = {"state": State.CANCELLING, "withdrawn_at": now, "changed_at": now}
        redemptions.change(db, store.store_id, redemption_id, **columns)
        effects.ask(db, store.store_id, END_CODE, [str(redemption_id)], now)
    return redemptions.the(db, store.store_id, redemption_id)


def end_codes(db: Connection, store: Store, now: datetime) -> int:
    """Expire codes that ended without being used; how many. Some time after their end: orders come late."""
    due = redemptions.ended(db, store.store_id, now - CALM, PORTION)
    if not due:
        return 0
    terms = load_terms(db, store)
    for row in lock(db, store, [one.id for one in due]):
        if row.state == State.LIVE:
            rule = terms.version(row.program_version).program.expired_codes
            _expire(db, held(db, store, row), rule, now)
    return len(due)


def _expire(db: Connection, ended: Held, rule: ExpiredCodes, now: datetime) -> None:
    if rule is ExpiredCodes.RETURN:
        # The store is asked first: somebody may have given the code a later end, or used it unheard of.
        redemptions.change(db, ended.row.store_id, ended.row.id, state=State.CANCELLING, changed_at=now)
        effects.ask(db, ended.row.store_id, END_CODE, [str(ended.row.id)], now)
        return
    move(db, ended, Standing(State.EXPIRED, ended.row.restored_points, None), "", now)
