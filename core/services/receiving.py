"""From raw deliveries to what they say, and back to what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import inbox, stores
from core.db.inbox import State
from core.domain.errors import BadDelivery
from core.domain.payload import clean_text
from core.domain.platform import ConnectionBroken, Irrelevant, OrderGone, Platform, Request
from core.domain.stores import Store
from core.services.settling import Outcome, Settled, Told

CONNECTION_BROKEN = "connection_broken"
DELIVERIES = "deliveries"
"""The connection is broken towards us. From us it is broken by the kind of effect that is not let in."""
UNKNOWN_STATUS = "unknown_status"
QUARANTINED = "quarantined"
REFUSED = "refused"
UNKNOWN_SHOP = "unknown_shop"


@dataclass(frozen=True, slots=True)
class Read:
    """A batch of deliveries, read."""

    told: tuple[Told, ...]
    """Those that speak of orders."""
    outcomes: tuple[Outcome, ...]
    """What is settled by reading alone: nothing for us, or nothing anybody could understand."""
    is_well: bool
    """Whether an order came through since the platform last said that the connection is broken."""
    broken: str | None
    """What the platform says is wrong with the connection, when it said so last."""
    requests: tuple[Requested, ...] = ()
    """What privacy law asks for."""


@dataclass(frozen=True, slots=True)
class Requested:
    """One delivery that asks for what privacy law grants."""

    row_id: int
    received_at: datetime
    message: Request


def read_deliveries(platform: Platform, rows: Sequence[Row[Any]]) -> Read:
    """What these inbox rows say. One that cannot be understood is dead and takes no other with it."""
    told, outcomes, requests, broken = [], [], [], None
    is_well = False
    for row in rows:
        try:
            message = platform.normalize(row.topic, row.body, row.received_at)
        except BadDelivery as error:
            outcomes.append(Outcome(row.id, State.DEAD, problem=clean_text(str(error), 500)))
            continue
        if isinstance(message, ConnectionBroken):
            is_well, broken = False, message.problem
            outcomes.append(Outcome(row.id, State.IGNORED, problem=message.problem))
        elif isinstance(message, Request):
            requests.append(Requested(row.id, row.received_at, message))
        elif isinstance(message, Irrelevant):
            outcomes.append(Outcome(row.id, State.IGNORED, problem=message.reason))
        else:
            told.append(Told(row.id, row.received_at, message, row.vouched_at is not None))
            if not isinstance(message, OrderGone):
                # A deletion names no more than the order: platforms tell it with a broken connection, too.
                is_well, broken = True, None
    return Read(tuple(told), tuple(outcomes), is_well, broken, tuple(requests))


def write_outcomes(db: Connection, store: Store, read: Read, settled: Settled, now: datetime) -> None:
    """Close the batch's deliveries and tell the merchant what needs a look."""
    inbox.close(
        db,
        store.store_id,
        [
            {
                "id": outcome.row_id,
                "state": outcome.state,
                "order_ref": outcome.order_ref,
                "problem": outcome.problem,
                "settled_at": now,
            }
            for outcome in (*read.outcomes, *settled.outcomes)
        ],
    )
    for status in settled.unknown_statuses:
        sentence = f"Orders with the status “{status}” change no points: say in the program whether it earns."
        stores.raise_notice(db, store.store_id, UNKNOWN_STATUS, status, sentence, now)
    strange = next((one for one in read.outcomes if one.state is State.QUARANTINED), None)
    if strange is not None:
        stores.raise_notice(db, store.store_id, QUARANTINED, "", _in_a_strange_name(store, strange), now)
    if read.is_well:
        stores.clear_notice(db, store.store_id, CONNECTION_BROKEN, DELIVERIES)
    elif read.broken:
        sentence = f"{store.name} can no longer tell us about orders: {read.broken} Connect the store again."
        stores.raise_notice(db, store.store_id, CONNECTION_BROKEN, DELIVERIES, sentence, now)


def _in_a_strange_name(store: Store, strange: Outcome) -> str:
    # Does not say which store: two merchants need not know of each other.
    return (
        f"{store.name} was named as the store of order {strange.order_ref}, which another store of the same "
        "app told of first. The delivery was set aside and gives no points until somebody vouches for it."
    )
