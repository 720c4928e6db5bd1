"""Settling a batch of deliveries: every order they tell of ends at what it is worth now.

One transaction of the caller's; the caller holds the store's lease. Nothing is called outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import effects, inbox, members, orders
from core.db.inbox import State
from core.domain.folding import IS_IT_GONE, Folded, News, fold, must_be_fetched, waits_for_fetch
from core.domain.orders import digest, to_json
from core.domain.people import email_key
from core.domain.personal import without_person
from core.domain.platform import OrderGone, OrderTold, OrderUnclear
from core.domain.settlement import Order, Seen, Source
from core.services import posting
from core.services.carrying import Now, owners
from core.services.deciding import Decision, decide, moves, order_values, redating, says_nothing
from core.services.emptying import carry_on
from core.services.enrolling import Enrolled, Shopper, enroll
from core.services.remembering import Past, Telling, past_of
from core.services.terms import Sealing, StoreTerms


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery that speaks of an order."""

    row_id: int
    received_at: datetime
    message: OrderTold | OrderGone | OrderUnclear
    is_vouched: bool = False
    """Whether an operator said that it is this store's own."""

    @property
    def order_ref(self) -> str:
        """The order it speaks of, by the platform's id."""
        if isinstance(self.message, OrderTold):
            return self.message.snapshot.order_ref
        return self.message.order_ref


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery."""

    row_id: int
    state: State
    order_ref: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling a batch came to."""

    outcomes: tuple[Outcome, ...] = ()
    unknown_statuses: tuple[str, ...] = ()
    """Statuses that say nothing about payment, to be shown to the merchant."""
    fetches: int = 0
    """How many orders were asked to be fetched."""
    orders: tuple[Now, ...] = ()
    """The orders of which something new was told, as they stand now."""
    forgotten: frozenset[int] = frozenset()
    """Deliveries about people who were forgotten: their bodies must not be kept."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One order of the batch."""

    row: Row[Any] | None
    folded: Folded
    decision: Decision


def settle(
    db: Connection,
    terms: StoreTerms,
    told: Sequence[Told],
    sealing: Sealing,
    now: datetime,
    *,
    also_locked: Set[int] = frozenset(),
) -> Settled:
    """Bring every order told of to what it is worth, and say what became of each delivery.

    `also_locked`: members the caller changes afterwards, locked with the others.
    """
    if not told:
        return Settled()
    store_id = terms.store.store_id
    past = past_of(db, store_id, [telling for one in told if (telling := _telling(one))], sealing)
    shoppers = (shopper for one in told if (shopper := _shopper(one, past)) is not None)
    enrolled = enroll(db, store_id, shoppers, sealing, now)
    by_order: dict[str, list[News]] = defaultdict(list)
    for one in told:
        if one.row_id in past.member_ids:
            news = _news_of_nobody(one, past.member_ids[one.row_id], store_id, sealing)
        else:
            news = _news(one, enrolled, past)
        by_order[one.order_ref].append(news)
    settled = settle_news(db, terms, by_order, now, also_locked=also_locked)
    return replace(settled, forgotten=past.row_ids)


def settle_news(
    db: Connection,
    terms: StoreTerms,
    by_order: Mapping[str, Sequence[News]],
    now: datetime,
    *,
    also_locked: Set[int] = frozenset(),
) -> Settled:
    """The same for news whose members are known already."""
    store_id = terms.store.store_id
    rows = orders.load(db, store_id, by_order)
    ends = members.survivors(db, store_id, {row.member_id for row in rows.values() if row.member_id})
    cases = [
        _case(terms, rows.get(order_ref), order_ref, _kept_apart(rows.get(order_ref), news, ends))
        for order_ref, news in by_order.items()
    ]
    stands = tuple(_stands(case.folded) for case in cases if case.folded.current is not None)
    moved = [move for case in cases for move in _moves(terms, case)]
    locked_too = owners(db, terms, stands) | (also_locked if moved else set())
    led = members.paths(db, store_id, locked_too | {move.posting.member_id for move in moved})
    locked_too |= {one for path in led.values() for one in path}
    posting.post(db, store_id, moved, now, locked_too=locked_too)
    carry_on(db, store_id, _losses(moved, led), now)
    posting.redate(db, store_id, [dates for case in cases if (dates := _redating(terms, case))])
    if terms.rolling_days:
        members.note_activity(db, store_id, _activity(cases))
    _save(db, store_id, cases)
    outcomes = tuple(outcome for case in cases for outcome in _outcomes(case))
    return Settled(
        outcomes,
        tuple(sorted({status for case in cases for status in case.folded.unknown_statuses})),
        _ask_for_fetches(db, terms, cases, now),
        stands,
    )


def _kept_apart(row: Row[Any] | None, news: Sequence[News], ends: Mapping[int, int]) -> Sequence[News]:
    """The news with orders left to who holds them, where the platform names whom that member became.

    So what is posted for an order stays one member's sum, and what comes of it is carried on. The same
    telling moves nothing either, though its customer may lead elsewhere since.
    """
    if row is None or row.member_id is None:
        return news
    holder_id = row.member_id
    end = ends.get(holder_id, holder_id)
    return [
        replace(one, seen=replace(one.seen, member_id=holder_id))
        if one.seen is not None
        and one.seen.snapshot is not None
        and one.seen.member_id != holder_id
        and (one.seen.member_id == end or one.seen.digest == row.digest)
        else one
        for one in news
    ]


def _losses(moved: Sequence[posting.OrderMove], led: Mapping[int, object]) -> dict[int, dict[str, int]]:
    """What orders took back from members who were merged, by member and order."""
    losses: dict[int, dict[str, int]] = {}
    for move in moved:
        if move.posting.member_id in led:
            lost = losses.setdefault(move.posting.member_id, {})
            if move.posting.points < 0:
                lost[move.order_ref] = -move.posting.points
    return losses


def _stands(folded: Folded) -> Now:
    order = folded.order
    if order.deleted_at is not None or folded.current is None or folded.current.seen is None:
        return Now(order.order_ref, None, order.deleted_at)
    return Now(order.order_ref, folded.current.seen.snapshot)


def _activity(cases: Sequence[_Case]) -> dict[int, datetime]:
    """When each member last placed an order, whatever became of it: the same however tellings are batched."""
    latest: dict[int, datetime] = {}
    for case in cases:
        for seen in case.folded.tellings:
            if seen.member_id is not None and seen.snapshot is not None:
                placed_at = seen.snapshot.ordered_at
                latest[seen.member_id] = max(placed_at, latest.get(seen.member_id, placed_at))
    return latest


def _ask_for_fetches(db: Connection, terms: StoreTerms, cases: Sequence[_Case], now: datetime) -> int:
    """Ask for every order only the platform can tell of, unless the store is never called."""
    order_refs = sorted(case.folded.order.order_ref for case in cases if must_be_fetched(case.folded))
    if terms.store.is_offline or not order_refs:
        return 0
    effects.ask(db, terms.store.store_id, effects.FETCH_ORDER, order_refs, now)
    return len(order_refs)


def _telling(told: Told) -> Telling | None:
    if not isinstance(told.message, OrderTold):
        return None
    snapshot = told.message.snapshot
    return Telling(
        told.row_id, snapshot.order_ref, snapshot.ordered_at, snapshot.customer_ref, told.message.email
    )


def _shopper(told: Told, past: Past) -> Shopper | None:
    if not isinstance(told.message, OrderTold) or told.row_id in past.member_ids:
        return None
    if told.row_id in past.unaddressed:
        return Shopper(told.message.snapshot.customer_ref, None)
    return Shopper(told.message.snapshot.customer_ref, told.message.email, told.message.name)


def _news(told: Told, enrolled: Mapping[Shopper, Enrolled], past: Past) -> News:
    message = told.message
    if isinstance(message, OrderUnclear):
        return News(told.row_id, None, message.lacks)
    if isinstance(message, OrderGone):
        observed_at = message.observed_at or told.received_at
        lacks = "" if message.is_certain else IS_IT_GONE
        return News(told.row_id, Seen(message.order_ref, observed_at), lacks, message.is_certain)
    shopper = _shopper(told, past)
    known = enrolled.get(shopper) if shopper is not None else None
    text = to_json(message.snapshot)
    told_digest = digest(text, known.guest_key if known else None)
    return _news_of(told, message, text, told_digest, known.member_id if known else None)


def _news_of_nobody(told: Told, member_id: int, store_id: int, sealing: Sealing) -> News:
    """The order of somebody who was forgotten: as it always was to compare it by, without a name to keep."""
    message = told.message
    if not isinstance(message, OrderTold):
        raise TypeError("only an order that was told has somebody behind it")
    snapshot = message.snapshot
    is_guest = snapshot.customer_ref is None and message.email is not None
    guest_key = email_key(sealing.identity_key, store_id, str(message.email)) if is_guest else None
    told_digest = digest(to_json(snapshot), guest_key)
    return _news_of(told, message, to_json(without_person(snapshot)), told_digest, member_id)


def _news_of(told: Told, message: OrderTold, text: str, told_digest: bytes, member_id: int | None) -> News:
    seen = Seen(
        order_ref=message.snapshot.order_ref,
        observed_at=message.observed_at or told.received_at,
        source=message.source,
        snapshot=message.snapshot,
        snapshot_json=text,
        digest=told_digest,
        member_id=member_id,
    )
    return News(told.row_id, seen, message.lacks, is_certain=message.source is Source.FETCHED)


def _case(terms: StoreTerms, row: Row[Any] | None, order_ref: str, news: Sequence[News]) -> _Case:
    order = orders.as_order(row) if row is not None else Order(order_ref)
    wants = row.wants if row is not None else None
    folded = fold(order, news, wants, lambda snapshot: says_nothing(terms, order, snapshot))
    return _Case(row, folded, decide(terms, folded, row.rate if row is not None else None))


def _moves(terms: StoreTerms, case: _Case) -> list[posting.OrderMove]:
    return moves(terms, case.folded, case.decision)


def _redating(terms: StoreTerms, case: _Case) -> posting.Redating | None:
    return redating(terms, case.folded, case.decision)


def _save(db: Connection, store_id: int, cases: Sequence[_Case]) -> None:
    orders.keep_tellings(db, store_id, (seen for case in cases for seen in case.folded.tellings))
    values = [(case.row is None, order_values(case.row, case.folded, case.decision)) for case in cases]
    orders.save(
        db,
        store_id,
        added=[row for is_new, row in values if is_new],
        changed=[row for is_new, row in values if not is_new],
    )
    overtaken = [
        case.folded.order.order_ref
        for case in cases
        if case.row is not None and case.row.wants and not case.folded.wants
    ]
    if overtaken:
        inbox.wait_no_longer(db, store_id, State.NEEDS_FETCH, overtaken)
    freed = [case.folded.order.order_ref for case in cases if _was_held(case) and not case.decision.held]
    if freed:
        inbox.wait_no_longer(db, store_id, State.HELD, freed)


def _was_held(case: _Case) -> bool:
    return case.row is not None and case.row.held is not None and case.folded.current is not None


def _outcomes(case: _Case) -> list[Outcome]:
    return [_outcome(case, row_id) for row_id in case.folded.verdicts]


def _outcome(case: _Case, row_id: int) -> Outcome:
    folded, order_ref = case.folded, case.folded.order.order_ref
    if case.decision.held and row_id in folded.standing:
        return Outcome(row_id, State.HELD, order_ref, f"held: {case.decision.held}")
    if waits_for_fetch(folded, row_id):
        return Outcome(row_id, State.NEEDS_FETCH, order_ref, folded.wants)
    return Outcome(row_id, State.DONE, order_ref)
