"""Settling: which telling of an order counts, and what must be posted for it.

Everything here is pure. An order message is a snapshot, never a change; award, refund, edit, cancellation,
deletion, duplicate and disorder all end in `worth now − posted so far`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from core.domain.orders import OrderSnapshot, Version

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

ONE_SECOND = timedelta(seconds=1)
"""What platforms date their orders to."""

CLOCK_AHEAD_MOST = timedelta(hours=24)
"""A snapshot modified later than this after its receipt has a broken clock behind it and must be fetched."""


class Source(StrEnum):
    """How we came to know, which decides who wins a tie."""

    DELIVERY = "delivery"
    RESTORED = "restored"
    """A delivery that says the order came back from the bin."""
    FETCHED = "fetched"
    """Read from the platform by us: beats a delivery of equal version."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One telling of an order."""

    order_ref: str
    observed_at: datetime
    """When we received or fetched it."""
    source: Source = Source.DELIVERY
    snapshot: OrderSnapshot | None = None
    """None: the platform said only that the order is gone."""
    snapshot_json: str | None = None
    """The snapshot as it is kept."""
    digest: bytes = b""
    member_id: int | None = None
    """Whose order it is; None for a guest without an e-mail address."""


@dataclass(frozen=True, slots=True)
class Order:
    """What we hold about one order."""

    order_ref: str
    version: Version | None = None
    """None: only its deletion is known."""
    digest: bytes = b""
    fetched_at: datetime | None = None
    """When the version held was read by us; None when it came as a delivery."""
    deleted_at: datetime | None = None
    """Receipt of the deletion that stands; None for a living order."""
    alive_at: datetime | None = None
    """The last moment at which a telling that counted proves it was there."""
    member_id: int | None = None
    """Who holds what is posted."""
    posted_points: int = 0
    settlement_count: int = 0
    """Entries posted so far; numbers their keys."""
    program_version: int | None = None
    """Pinned when the order was first settled."""


class Verdict(StrEnum):
    """What one telling means beside what we hold."""

    APPLIES = "applies"
    SAME = "same"
    STALE = "stale"
    CONFLICT = "conflict"
    """The same version with another content: the order must be fetched, never guessed."""
    UNCLEAR = "unclear"
    """Nothing can be settled from it: the order must be fetched."""
    SAYS_NOTHING = "says_nothing"
    """Its status says nothing about payment: it changes nothing, whatever else it tells."""


def weigh(order: Order, seen: Seen) -> Verdict:
    """Whether `seen` is news about `order`. Same answers whatever order deliveries arrive in."""
    if seen.snapshot is None:
        return _weigh_deletion(order, seen.observed_at)
    if order.deleted_at is not None:
        is_back = _revives(order, order.deleted_at, seen, seen.snapshot)
        return Verdict.APPLIES if is_back else Verdict.STALE
    if order.version is None:
        return Verdict.APPLIES
    if seen.source is Source.FETCHED:
        return _weigh_fetched(order, seen, seen.snapshot)
    return _weigh_delivered(order, seen, seen.snapshot)


def _weigh_deletion(order: Order, observed_at: datetime) -> Verdict:
    """A deletion has no version: it counts at receipt, and beats only what was told or read before."""
    if order.deleted_at is not None:
        return Verdict.APPLIES if observed_at > order.deleted_at else Verdict.SAME
    is_overtaken = order.alive_at is not None and order.alive_at > observed_at
    return Verdict.STALE if is_overtaken else Verdict.APPLIES


def _revives(order: Order, deleted_at: datetime, seen: Seen, snapshot: OrderSnapshot) -> bool:
    if seen.source is Source.FETCHED:
        return seen.observed_at >= deleted_at
    if seen.source is Source.RESTORED:
        is_old = order.version is not None and snapshot.version < order.version
        return seen.observed_at >= deleted_at and not is_old
    # The store's clock may be ahead of ours: what we held when the order was deleted does not bring it back.
    is_new = order.version is None or snapshot.version > order.version
    return is_new and snapshot.modified_at > deleted_at


def _weigh_fetched(order: Order, seen: Seen, snapshot: OrderSnapshot) -> Verdict:
    # A refund deleted over REST leaves WooCommerce's date_modified as it was, so a later reading with an
    # equal date counts even where its refunded total is lower.
    if order.version is None or snapshot.modified_at < order.version.modified_at:
        return Verdict.STALE
    if (
        snapshot.modified_at == order.version.modified_at
        and order.fetched_at
        and order.fetched_at >= seen.observed_at
    ):
        return Verdict.STALE
    return Verdict.SAME if seen.digest == order.digest and order.fetched_at else Verdict.APPLIES


def _weigh_delivered(order: Order, seen: Seen, snapshot: OrderSnapshot) -> Verdict:
    held = order.version
    if held is None or snapshot.version > held:
        if held and order.fetched_at and snapshot.modified_at == held.modified_at:
            return _weigh_beside_reading(held, order.fetched_at)
        return Verdict.APPLIES
    if snapshot.version < held:
        return Verdict.STALE
    if seen.digest == order.digest:
        return Verdict.SAME
    return Verdict.STALE if order.fetched_at else Verdict.CONFLICT


def _weigh_beside_reading(held: Version, fetched_at: datetime) -> Verdict:
    """A telling that shares `modified_at` with what we read ourselves: reading beats telling.

    Unless we read within that very second, of which platforms tell no parts: more may have happened in it.
    """
    return Verdict.STALE if fetched_at >= held.modified_at + ONE_SECOND else Verdict.CONFLICT


def is_ahead_of_its_time(seen: Seen) -> bool:
    """True when the snapshot claims to be modified more than a day after we received it."""
    return seen.snapshot is not None and seen.snapshot.modified_at > seen.observed_at + CLOCK_AHEAD_MOST


def take_in(order: Order, seen: Seen) -> Order:
    """The order after a telling that applies. What is posted stays as it is until `postings`."""
    if seen.snapshot is None:
        return replace(order, deleted_at=seen.observed_at)
    return replace(
        order,
        version=seen.snapshot.version,
        digest=seen.digest,
        fetched_at=seen.observed_at if seen.source is Source.FETCHED else None,
        deleted_at=None,
        alive_at=max(_alive_at(seen, seen.snapshot), order.alive_at or BEGINNING),
    )


def _alive_at(seen: Seen, snapshot: OrderSnapshot) -> datetime:
    """When the order was surely there. The store's clock may be ahead: never later than we heard of it."""
    if seen.source is Source.DELIVERY:
        return min(seen.observed_at, snapshot.modified_at)
    return seen.observed_at


@dataclass(frozen=True, slots=True)
class Posting:
    """One entry to be written: `points` above zero earn, below zero revoke."""

    member_id: int
    points: int
    number: int
    """The order's settlement counter: `order:{ref}:{number}` is the entry's key."""


def postings(order: Order, member_id: int | None, target_points: int) -> tuple[Posting, ...]:
    """What brings the ledger to `target_points` for `member_id`, and to nothing for anybody else.

    Without a member nothing can be posted: the order is kept and may be claimed later.
    """
    moves: list[tuple[int, int]] = []
    held_points = order.posted_points
    if order.member_id is not None and order.member_id != member_id:
        moves.append((order.member_id, -held_points))
        held_points = 0
    if member_id is not None:
        moves.append((member_id, target_points - held_points))
    counted = ((member, points) for member, points in moves if points)
    return tuple(
        Posting(member, points, order.settlement_count + step)
        for step, (member, points) in enumerate(counted, start=1)
    )


def posted(order: Order, member_id: int | None, target_points: int, entries: int) -> Order:
    """The order after its postings were written."""
    return replace(
        order,
        member_id=member_id,
        posted_points=target_points if member_id is not None else 0,
        settlement_count=order.settlement_count + entries,
    )
