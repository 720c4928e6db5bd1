"""From raw deliveries to what they say, and back to what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import activity, inbox, stores
from core.db.inbox import State
from core.domain.errors import BadDelivery
from core.domain.payload import clean_text
from core.domain.platform import (
    ConnectionBroken,
    CustomerGone,
    CustomersMerged,
    CustomerTold,
    Disconnected,
    Irrelevant,
    Message,
    OrderGone,
    Platform,
    Request,
    RightsChanged,
)
from core.domain.stores import Store
from core.services.customers import CustomerNews
from core.services.disconnecting import no_longer_counts, rights_changed, told_of_removal
from core.services.settling import Outcome, Settled, Told

CONNECTION_BROKEN = "connection_broken"
DELIVERIES = "deliveries"
"""The connection is broken towards us. From us it is broken by the kind of effect that is not let in."""
UNKNOWN_STATUS = "unknown_status"
QUARANTINED = "quarantined"
REFUSED = "refused"
HOOKS_REFUSED = "hooks_refused"
"""The store has no webhooks of a kind."""
HOOKS_UNSEEN = "hooks_unseen"
"""The store does not let us see to our webhooks at all."""
UNKNOWN_SHOP = "unknown_shop"
TAKEN_OUT = "told after the merchant took the app out of the store"


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
    removals: tuple[Removal, ...] = ()
    rights: RightsChanged | None = None
    """What the merchant grants, as told last."""
    customers: tuple[CustomerNews, ...] = ()
    """What is told of customers, in order."""
    requests: tuple[Requested, ...] = ()
    """What privacy law asks for."""
    settled_before: Mapping[int, datetime] = field(default_factory=dict)
    """When those were settled that somebody had read again."""


@dataclass(frozen=True, slots=True)
class Requested:
    """One delivery that asks for what privacy law grants."""

    row_id: int
    received_at: datetime
    message: Request


@dataclass(frozen=True, slots=True)
class Removal:
    """A telling that the merchant took us out."""

    row_id: int
    told_at: datetime
    """When it happened as the platform claims; else, when we were told."""


def read_deliveries(platform: Platform, store: Store, rows: Sequence[Row[Any]]) -> Read:
    """What these inbox rows say. One that cannot be understood is dead and takes no other with it."""
    batch = _Batch()
    for row in rows:
        try:
            message = platform.normalize(row.topic, row.body, row.received_at)
        except BadDelivery as error:
            batch.outcomes.append(Outcome(row.id, State.DEAD, problem=clean_text(str(error), 500)))
            continue
        batch.take(store, row, message)
    before = {row.id: row.settled_at for row in rows if row.settled_at is not None}
    return replace(batch.read(), settled_before=before)


@dataclass(slots=True)
class _Batch:
    """A batch while it is read."""

    told: list[Told] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    requests: list[Requested] = field(default_factory=list)
    rights: RightsChanged | None = None
    customers: list[CustomerNews] = field(default_factory=list)
    is_well: bool = False
    broken: str | None = None

    def take(self, store: Store, row: Row[Any], message: Message) -> None:
        """One more delivery, understood."""
        if isinstance(message, ConnectionBroken):
            self.is_well, self.broken = False, message.problem
            self._ignore(row, message.problem)
        elif isinstance(message, Request):
            self.requests.append(Requested(row.id, row.received_at, message))
        elif isinstance(message, Irrelevant):
            self._ignore(row, message.reason)
        elif isinstance(message, Disconnected):
            self.removals.append(Removal(row.id, row.triggered_at or row.received_at))
        elif isinstance(message, RightsChanged):
            self.rights = message
            self.outcomes.append(Outcome(row.id, State.DONE))
        elif no_longer_counts(store, row.received_at):
            self._ignore(row, TAKEN_OUT)
        elif isinstance(message, CustomerTold | CustomerGone | CustomersMerged):
            self.customers.append(CustomerNews(row.id, row.received_at, message))
        else:
            self._tell(Told(row.id, row.received_at, message, row.vouched_at is not None))

    def read(self) -> Read:
        """All of it."""
        return Read(
            told=tuple(self.told),
            outcomes=tuple(self.outcomes),
            is_well=self.is_well,
            broken=self.broken,
            removals=tuple(self.removals),
            rights=self.rights,
            customers=tuple(self.customers),
            requests=tuple(self.requests),
        )

    def _ignore(self, row: Row[Any], why: str) -> None:
        self.outcomes.append(Outcome(row.id, State.IGNORED, problem=why))

    def _tell(self, told: Told) -> None:
        self.told.append(told)
        if not isinstance(told.message, OrderGone):
            # A deletion names no more than the order: platforms tell it with a broken connection, too.
            self.is_well, self.broken = True, None


def hear_of_app(db: Connection, store: Store, read: Read, now: datetime) -> list[Outcome]:
    """Act on what a batch says of our place in the store; what becomes of its deliveries about that."""
    if read.rights is not None:
        rights_changed(db, store, read.rights, now)
    return [
        Outcome(removal.row_id, State.DONE, problem=told_of_removal(db, store, removal.told_at, now))
        for removal in read.removals
    ]


def write_outcomes(db: Connection, store: Store, read: Read, settled: Settled, now: datetime) -> None:
    """Close the batch's deliveries and tell the merchant what needs a look."""
    outcomes = (*read.outcomes, *settled.outcomes, *hear_of_app(db, store, read, now))
    kept = _kept_moments(db, store, read.settled_before, outcomes, now)
    inbox.close(
        db,
        store.store_id,
        [
            {
                "id": outcome.row_id,
                "state": outcome.state,
                "order_ref": outcome.order_ref,
                "problem": outcome.problem,
                "settled_at": kept.get(outcome.row_id, now),
            }
            for outcome in outcomes
        ],
    )
    for status in settled.unknown_statuses:
        sentence = f"Orders with the status “{status}” change no points: say in the program whether it earns."
        stores.raise_notice(db, store.store_id, UNKNOWN_STATUS, status, sentence, now)
    strange = next((one for one in read.outcomes if one.state is State.QUARANTINED), None)
    if strange is not None:
        stores.raise_notice(db, store.store_id, QUARANTINED, "", _in_a_strange_name(store, strange), now)
    if read.is_well and stores.clear_notice(db, store.store_id, CONNECTION_BROKEN, DELIVERIES):
        stores.let_in_again(db, store.store_id)
    elif read.broken:
        # Whoever made the webhooks may not see orders any more, so neither may the keys of the same user.
        stores.shut_out(db, store.store_id)
        sentence = f"{store.name} can no longer tell us about orders: {read.broken} Connect the store again."
        stores.raise_notice(db, store.store_id, CONNECTION_BROKEN, DELIVERIES, sentence, now)


def _kept_moments(
    db: Connection,
    store: Store,
    before: Mapping[int, datetime],
    outcomes: Sequence[Outcome],
    now: datetime,
) -> dict[int, datetime]:
    """When deliveries that were read again were settled, where that moved points and this time nothing moved.

    What a delivery moved is found by its moment, so that moment stays theirs.
    """
    again = {one.row_id: one.order_ref for one in outcomes if one.row_id in before and one.order_ref}
    moved = activity.points_of(db, store.store_id, set(again.values()))
    return {
        row_id: before[row_id]
        for row_id, order_ref in again.items()
        if (order_ref, before[row_id]) in moved and (order_ref, now) not in moved
    }


def _in_a_strange_name(store: Store, strange: Outcome) -> str:
    # Does not say which store: two merchants need not know of each other.
    return (
        f"{store.name} was named as the store of order {strange.order_ref}, which another store of the same "
        "app told of first. The delivery was set aside and gives no points until somebody vouches for it."
    )
