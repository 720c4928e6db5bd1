"""What a delivery changed and why, and how an order came to its points: for pages, from what is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import activity, ledger, orders, redemptions
from core.domain.codes import code_key
from core.domain.errors import Refused
from core.domain.ledger import EntryKind
from core.domain.orders import OrderSnapshot, from_json
from core.domain.platform import FETCHED_ORDER
from core.domain.settlement import Source
from core.domain.versions import ProgramVersion
from core.domain.worth import Worth, worth
from core.services.activity import Delivered, Entry, as_entries, with_points
from core.services.deciding import version_for
from core.services.explaining import explain_order
from core.services.terms import StoreTerms

DELIVERIES_MOST: Final = 50
TELLINGS_MOST: Final = 50
_OF_THE_ORDER: Final = (EntryKind.EARN, EntryKind.REVOKE)


@dataclass(frozen=True, slots=True)
class Working:
    """An order's points, worked out."""

    version: ProgramVersion
    worth: Worth
    booked_before: int
    booked_now: int

    @property
    def adds_up(self) -> bool:
        """Whether this is what was booked: no, where another state of the order counts."""
        return self.booked_before + self.booked_now == self.worth.points


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    """One delivery."""

    row: Row[Any]
    """With its body, while that is kept."""
    entries: tuple[Entry, ...]
    """What settling it wrote, together with others of the order that were settled in the same moment."""
    order: Row[Any] | None
    """None: it tells of no order, or of none that is known."""
    snapshot: OrderSnapshot | None
    """How it was read; None: it was not, or what was read then cannot be told any more."""
    working: Working | None
    is_overtaken: bool
    """A newer state of the order is counted."""
    deliveries: tuple[Delivered, ...]
    """All of the order, newest first, this one too."""
    codes: tuple[Row[Any], ...]
    """Redemptions of which the order carries the code."""
    before: bytes | None
    """The body of the delivery about the order that came before it."""

    @property
    def points(self) -> int:
        """What settling it moved."""
        return sum(entry.points for entry in self.entries)

    @property
    def beside(self) -> int:
        """How many other deliveries of the order were settled in the same moment."""
        moment = self.row.settled_at
        return sum(one.settled_at == moment and one.inbox_id != self.row.id for one in self.deliveries)


@dataclass(frozen=True, slots=True)
class Telling:
    """One state of an order that was told."""

    observed_at: datetime
    source: Source
    snapshot: OrderSnapshot | None
    """None: that it is gone."""
    is_current: bool


@dataclass(frozen=True, slots=True)
class OrderStory:
    """One order."""

    row: Row[Any]
    sentence: str
    snapshot: OrderSnapshot | None
    """As it stands; None: only its deletion is known, or nothing that could be settled."""
    working: Working | None
    tellings: tuple[Telling, ...]
    """Newest first."""
    entries: tuple[Entry, ...]
    """Oldest first."""
    deliveries: tuple[Delivered, ...]
    codes: tuple[Row[Any], ...]


def tell_delivery(
    db: Connection, terms: StoreTerms, row: Row[Any], read: OrderSnapshot | None
) -> DeliveryStory:
    """All there is to say of a delivery. `read`: what its body says, read anew; None: nothing can be read."""
    store_id, ref = terms.store.store_id, row.order_ref or (read.order_ref if read is not None else None)
    if ref is None:
        return DeliveryStory(row, (), None, read, None, False, (), (), None)
    order = orders.load(db, store_id, [ref]).get(ref)
    snapshot = read or _kept(orders.tellings(db, store_id, [ref]), row)
    booked = list(ledger.entries_of(db, store_id, order_ref=ref))
    now = [entry for entry in booked if entry.at == row.settled_at]
    overtaken = order is not None and snapshot is not None and _is_newer(order, snapshot)
    return DeliveryStory(
        row=row,
        entries=as_entries(db, store_id, now),
        order=order,
        snapshot=snapshot,
        working=_worked_out(terms, order, snapshot, booked, row.settled_at),
        is_overtaken=overtaken,
        deliveries=with_points(db, store_id, activity.of_order(db, store_id, ref, DELIVERIES_MOST)),
        codes=_codes_of(db, store_id, snapshot),
        before=activity.body_before(db, store_id, ref, row.id),
    )


def tell_order(db: Connection, terms: StoreTerms, order_ref: str) -> OrderStory:
    """All there is to say of an order. Raises Refused when nothing is known of it."""
    store_id = terms.store.store_id
    row = orders.load(db, store_id, [order_ref]).get(order_ref)
    if row is None:
        raise Refused(f"{terms.store.name} has told nothing of an order {order_ref}.")
    tellings = orders.tellings(db, store_id, [order_ref])[-TELLINGS_MOST:]
    text = next(
        (one.snapshot for one in reversed(tellings) if one.digest == row.digest and one.snapshot), None
    )
    snapshot = from_json(text) if text and row.deleted_at is None else None
    booked = list(ledger.entries_of(db, store_id, order_ref=order_ref))
    return OrderStory(
        row=row,
        sentence=explain_order(db, terms, order_ref).sentence,
        snapshot=snapshot,
        working=_worked_out(terms, row, snapshot, booked, None),
        tellings=tuple(_telling(one, row) for one in reversed(tellings)),
        entries=as_entries(db, store_id, booked),
        deliveries=with_points(db, store_id, activity.of_order(db, store_id, order_ref, DELIVERIES_MOST)),
        codes=_codes_of(db, store_id, snapshot),
    )


def _worked_out(
    terms: StoreTerms,
    order: Row[Any] | None,
    snapshot: OrderSnapshot | None,
    booked: Collection[Row[Any]],
    moment: datetime | None,
) -> Working | None:
    """The points of a snapshot; `moment`: when it was settled. None: they wait for a rate, or are unknown."""
    if order is None or snapshot is None:
        return None
    rate = terms.rate_text(snapshot.currency, order.rate)
    if rate is None:
        return None
    version = version_for(terms, orders.as_order(order), snapshot)
    of_order = [entry for entry in booked if entry.kind in _OF_THE_ORDER]
    return Working(
        version=version,
        worth=worth(snapshot, version.program, terms.minor_rate(snapshot.currency, rate)),
        booked_before=sum(entry.points for entry in of_order if moment is None or entry.at < moment),
        booked_now=sum(entry.points for entry in of_order if entry.at == moment),
    )


def _kept(tellings: Collection[Row[Any]], row: Row[Any]) -> OrderSnapshot | None:
    """The snapshot that a delivery became, when it said something new: it was observed when that arrived."""
    fetched = row.topic == FETCHED_ORDER
    texts = [
        one.snapshot
        for one in tellings
        if one.snapshot is not None
        and (
            (one.source == Source.FETCHED and one.observed_at <= row.received_at)
            if fetched
            else one.observed_at == row.received_at
        )
    ]
    return from_json(texts[-1]) if texts else None


def _is_newer(order: Row[Any], snapshot: OrderSnapshot) -> bool:
    held = orders.as_order(order).version
    return held is not None and held > snapshot.version


def _telling(row: Row[Any], order: Row[Any]) -> Telling:
    return Telling(
        observed_at=row.observed_at,
        source=Source(row.source),
        snapshot=None if row.snapshot is None else from_json(row.snapshot),
        is_current=row.digest == order.digest and row.snapshot is not None and order.deleted_at is None,
    )


def _codes_of(db: Connection, store_id: int, snapshot: OrderSnapshot | None) -> tuple[Row[Any], ...]:
    if snapshot is None or not snapshot.discount_codes:
        return ()
    return tuple(redemptions.by_codes(db, store_id, {code_key(code) for code in snapshot.discount_codes}))
