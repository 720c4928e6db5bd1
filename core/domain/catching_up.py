"""Going through a store's orders by when they were modified: where one stands, and what is news."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from core.domain.orders import OrderSnapshot

OVERLAP: Final = timedelta(minutes=10)
"""So far back a look begins behind the end of the last one: stores save orders late and out of order."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a list of orders."""

    since: datetime
    """Orders modified at this moment or later."""
    page: str = ""
    """Where among them, in the platform's own words; empty: at the first."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """An order as a store's list has it: enough to tell whether it is news."""

    order_ref: str
    number: str
    status: str
    """As `OrderSnapshot.status`."""
    ordered_at: datetime
    modified_at: datetime
    is_paid: bool
    """Whether it should have earned points: paid, and no test."""
    refunded_minor: int | None = None
    """All money given back; None: the list does not say."""
    body: bytes | None = None
    """The order for the inbox, as a fetch would bring it; None: it has to be fetched."""
    place: Mark | None = None
    """Where its list goes on behind it; None: at its modification time."""


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Some orders from a mark on."""

    orders: tuple[Glimpse, ...]
    next_page: str = ""
    """For `Mark.page` with the same `since`; empty: these were the last."""
    left: int | None = None
    """How many orders there are from the mark on, these included; None: the store did not say."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What we hold of an order, as far as it can be compared with a glimpse."""

    modified_at: datetime | None
    status: str
    refunded_minor: int
    deleted_at: datetime | None = None
    posted_points: int = 0
    is_whole: bool = True
    """False: something of it is still to be fetched."""

    @property
    def is_deleted(self) -> bool:
        """Whether it counts as deleted."""
        return self.deleted_at is not None


@dataclass(frozen=True, slots=True)
class Held:
    """An order we hold, and where it stands among those by when they were modified."""

    modified_at: datetime
    order_ref: str


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through all of a store's lists, one after the other; may be left anywhere and taken up again."""

    begins_at: datetime
    """Orders modified at this moment or later are looked at."""
    mark: Mark
    list_at: int = 0
    """Which of the platform's lists."""
    newest_at: datetime | None = None
    """The latest modification seen so far."""
    is_over: bool = False
    asked: Held | None = None
    """Of the orders that were not listed, the one asked for last; None: none as yet."""

    @classmethod
    def beginning(cls, since: datetime) -> Walk:
        """At the first order of the first list."""
        return cls(since, Mark(since))

    @property
    def is_at_the_top(self) -> bool:
        """Whether it stands at the first order of a list."""
        return self.mark == Mark(self.begins_at)

    def is_ahead(self, glimpse: Glimpse) -> bool:
        """Whether an order is one that was not passed already: those of the mark's own second mostly were."""
        return self.is_at_the_top or bool(self.mark.page) or glimpse.modified_at > self.mark.since

    def past(self, seen: Sequence[Glimpse]) -> Walk:
        """Beyond these orders, the first ones from the mark on, without having done the whole page."""
        newest_at = _newest(self.newest_at, seen)
        if seen and seen[-1].place is not None:
            return replace(self, newest_at=newest_at, mark=seen[-1].place)
        if not seen or seen[-1].modified_at <= self.mark.since:
            return replace(self, newest_at=newest_at)
        return replace(self, newest_at=newest_at, mark=Mark(seen[-1].modified_at))

    def beyond(self, page: OrdersPage, lists: int) -> Walk:
        """After the whole page: on in this list, at the first order of the next one, or over.

        By time and not by page wherever time has passed: an order that is modified meanwhile moves to the
        end of its list, and all others behind it one place ahead.
        """
        past = self.past(page.orders)
        if not page.next_page:
            if self.list_at + 1 < lists:
                return replace(past, list_at=self.list_at + 1, mark=Mark(self.begins_at))
            return replace(past, is_over=True)
        if past.mark.since > self.mark.since:
            return past
        return replace(past, mark=Mark(self.mark.since, page.next_page))

    def reached(self, now: datetime) -> datetime:
        """Up to where everything has been seen, by the store's own clock; never later than ours."""
        return max(self.begins_at, min(self.newest_at or self.begins_at, now))


def is_news(kept: Kept | None, glimpse: Glimpse) -> bool:
    """Whether the store has the order in another state than we do."""
    return (
        kept is None
        or kept.is_deleted
        or kept.modified_at != glimpse.modified_at
        or kept.status != glimpse.status
        or glimpse.refunded_minor not in {None, kept.refunded_minor}
    )


def is_from_before(glimpse: Glimpse, connected_at: datetime) -> bool:
    """Whether an order was placed before a store was connected. Stores tell whole seconds."""
    return glimpse.ordered_at < connected_at.replace(microsecond=0)


def question(kept: Kept | None, glimpse: Glimpse) -> bytes:
    """32 bytes for "here it is so, there it is so: why?". Once answered, asking again tells nothing more."""
    here = (kept.modified_at, kept.status, kept.refunded_minor, kept.deleted_at) if kept is not None else ()
    there = (glimpse.order_ref, glimpse.modified_at, glimpse.status, glimpse.refunded_minor)
    words = [one.astimezone(UTC).isoformat() if isinstance(one, datetime) else one for one in (*there, *here)]
    return hashlib.sha256(json.dumps(["looked at", *words]).encode()).digest()


def is_as_kept(kept: Kept, told: OrderSnapshot) -> bool:
    """Whether a whole order, read anew, is what we hold of it."""
    return (kept.modified_at, kept.status, kept.refunded_minor, kept.deleted_at, kept.is_whole) == (
        told.modified_at,
        told.status,
        told.refunded_minor,
        None,
        True,
    )


def _newest(known: datetime | None, seen: Sequence[Glimpse]) -> datetime | None:
    moments = [one.modified_at for one in seen]
    return max(moments if known is None else [known, *moments], default=None)
