"""What privacy law has a platform ask of us, done in the transaction that closes the delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import bodies, stores
from core.db.inbox import State
from core.domain.errors import Refused
from core.domain.platform import PersonAsked, PersonErased
from core.domain.stores import Store
from core.services.erasing import erase
from core.services.exporting import keep_export
from core.services.receiving import Read, Requested
from core.services.remembering import naming_the_forgotten
from core.services.settling import Outcome, Settled
from core.services.terms import Sealing
from core.services.wiping import WIPE_REFUSED, begin_wipe

ANOTHER_STORE = "it is about another store than the one it was sent in the name of"


def forget_people(db: Connection, store: Store, read: Read, sealing: Sealing) -> list[Outcome]:
    """Forget whoever a batch says is to be forgotten, before any of its orders is settled.

    As of when we were told: what they had ordered by then is nobody's, whichever is settled first.
    """
    outcomes = []
    for request in read.requests:
        message = request.message
        if isinstance(message, PersonErased):
            if message.address == store.webhook_path:
                erase(db, store, message.person, request.received_at, sealing)
            outcomes.append(_closed(store, request))
    return outcomes


def answer_requests(
    db: Connection, store: Store, read: Read, sealing: Sealing, now: datetime
) -> list[Outcome]:
    """Answer the batch's other requests, once its orders are settled."""
    outcomes = []
    for request in read.requests:
        if isinstance(request.message, PersonErased):
            continue
        outcome = _closed(store, request)
        if outcome.state is State.DONE and isinstance(request.message, PersonAsked):
            keep_export(db, store, request.message.person, request.message.request_ref, sealing, now)
        elif outcome.state is State.DONE:
            outcome = _wipe(db, store, request, sealing, now)
        outcomes.append(outcome)
    return outcomes


def forget_bodies(
    db: Connection,
    store_id: int,
    rows: Sequence[Row[Any]],
    read: Read,
    settled: Settled,
    sealing: Sealing,
) -> None:
    """Drop the bodies of closed deliveries that ask about people, or name somebody who was forgotten."""
    unsettled = {outcome.row_id for outcome in read.outcomes}
    named = naming_the_forgotten(db, store_id, [row for row in rows if row.id in unsettled], sealing)
    asking = {request.row_id for request in read.requests}
    bodies.drop(db, store_id, sorted({*settled.forgotten, *named, *asking}))


def _closed(store: Store, request: Requested) -> Outcome:
    # The name beside the body is not signed; what was signed for one store must not empty another.
    if request.message.address != store.webhook_path:
        return Outcome(request.row_id, State.IGNORED, problem=ANOTHER_STORE)
    return Outcome(request.row_id, State.DONE)


def _wipe(db: Connection, store: Store, request: Requested, sealing: Sealing, now: datetime) -> Outcome:
    try:
        begin_wipe(db, store, sealing.secrets)
    except Refused as refusal:
        stores.raise_notice(db, store.store_id, WIPE_REFUSED, "", str(refusal), now)
        return Outcome(request.row_id, State.IGNORED, problem=str(refusal))
    return Outcome(request.row_id, State.DONE)
