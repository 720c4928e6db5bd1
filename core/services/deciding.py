"""What a folded order is worth to whom, and which entries bring the ledger there. Decides, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from core.domain.excluding import Excluded
from core.domain.folding import Folded
from core.domain.lots import LotTerms, terms_for
from core.domain.orders import OrderSnapshot
from core.domain.sentences import deleted_sentence, entry_sentence, excluded_sentence, moved_sentence
from core.domain.settlement import Order, Posting, posted, postings
from core.domain.stores import held_for_currency
from core.domain.versions import ProgramVersion, in_force
from core.domain.worth import Worth, is_undecidable, worth
from core.services.posting import OrderMove, Redating
from core.services.terms import StoreTerms


@dataclass(frozen=True, slots=True)
class Decision:
    """What the ledger should say of an order."""

    member_id: int | None
    points: int
    worth: Worth = Worth()
    version: ProgramVersion | None = None
    """None: nothing was settled yet, so no version is pinned."""
    rate: str | None = None
    """The rate pinned to the order, with its currency; None: it was never settled in a foreign one."""
    held: str | None = None
    """Why a paid order is worth nothing for now."""
    excluded: Excluded | None = None
    """The exclusion in which the order was placed, so that it is worth nothing for ever."""


def version_for(terms: StoreTerms, order: Order, snapshot: OrderSnapshot) -> ProgramVersion:
    """The program version an order belongs to: its own, else the one in force when it was placed."""
    if order.program_version is not None:
        return terms.version(order.program_version)
    return in_force(terms.versions, snapshot.ordered_at)


def says_nothing(terms: StoreTerms, order: Order, snapshot: OrderSnapshot) -> bool:
    """True for a snapshot that changes nothing: its status is unknown to the program and the platform."""
    return is_undecidable(snapshot, version_for(terms, order, snapshot).program)


def decide(terms: StoreTerms, folded: Folded, pinned_rate: str | None) -> Decision:
    """What the order is worth now. Leaves things as they are when nothing in `folded` counts."""
    order = folded.order
    seen = folded.current.seen if folded.current else None
    pinned = None if order.program_version is None else terms.version(order.program_version)
    as_it_is = Decision(order.member_id, order.posted_points, version=pinned, rate=pinned_rate)
    if seen is None:
        return as_it_is
    snapshot = seen.snapshot
    if order.deleted_at is not None or snapshot is None:
        return Decision(order.member_id, 0, version=pinned, rate=pinned_rate)
    version = version_for(terms, order, snapshot)
    return _price(terms, snapshot, seen.member_id, version, pinned_rate)


def _price(
    terms: StoreTerms,
    snapshot: OrderSnapshot,
    member_id: int | None,
    version: ProgramVersion,
    pinned_rate: str | None,
) -> Decision:
    excluded = terms.exclusion(member_id, snapshot.ordered_at)
    if excluded is not None:
        return Decision(member_id, 0, version=version, rate=pinned_rate, excluded=excluded)
    rate = terms.rate_text(snapshot.currency, pinned_rate)
    if rate is None:
        # An order that would earn nothing in any currency does not wait for a rate.
        held = held_for_currency(snapshot.currency) if worth(snapshot, version.program).parts else None
        return Decision(member_id, 0, version=version, rate=pinned_rate, held=held)
    value = worth(snapshot, version.program, terms.minor_rate(snapshot.currency, rate))
    pinned = terms.pin(snapshot.currency, rate, pinned_rate)
    return Decision(member_id, value.points, value, version, pinned)


def moves(terms: StoreTerms, folded: Folded, decision: Decision) -> list[OrderMove]:
    """The entries that bring the ledger to the decision."""
    snapshot = _snapshot(folded)
    due = postings(folded.order, decision.member_id, decision.points)
    if not due:
        return []
    version = decision.version
    lot_terms = LotTerms(None)
    if snapshot is not None and version is not None:
        lot_terms = terms_for(snapshot, version.program, terms.store.zone)
    return [
        OrderMove(
            order_ref=folded.order.order_ref,
            posting=posting,
            reason=_reason(terms, folded, decision, posting),
            program_version=version.version if version else None,
            terms=lot_terms,
            activity_at=snapshot.ordered_at if snapshot else None,
        )
        for posting in due
    ]


def _reason(terms: StoreTerms, folded: Folded, decision: Decision, posting: Posting) -> str:
    snapshot = _snapshot(folded)
    if snapshot is None:
        return deleted_sentence(folded.order.posted_points)
    if posting.member_id != decision.member_id:
        return moved_sentence(posting.points)
    if decision.held:
        return f"held: {decision.held}"
    if decision.excluded is not None:
        return excluded_sentence(decision.excluded, terms.store.zone)
    posted_points = folded.order.posted_points if folded.order.member_id == posting.member_id else 0
    return entry_sentence(snapshot, decision.worth, terms.store.currency, posted_points, posting.points)


def redating(terms: StoreTerms, folded: Folded, decision: Decision) -> Redating | None:
    """New dates for the order's pending lots: the platform may tell of payment or completion later."""
    snapshot = _snapshot(folded)
    had_points = folded.before.posted_points > 0 and folded.order.digest != folded.before.digest
    if snapshot is None or decision.version is None or not had_points:
        return None
    lot_terms = terms_for(snapshot, decision.version.program, terms.store.zone)
    return Redating(folded.order.order_ref, lot_terms)


def order_values(row: Row[Any] | None, folded: Folded, decision: Decision) -> dict[str, Any]:
    """The order's row once the decision is posted, without its store."""
    entries = postings(folded.order, decision.member_id, decision.points)
    order = posted(folded.order, decision.member_id, decision.points, len(entries))
    return {
        **_descriptive(row, folded),
        **_versioned(order),
        "order_ref": order.order_ref,
        "member_id": order.member_id,
        "posted_points": order.posted_points,
        "settlement_count": order.settlement_count,
        "program_version": decision.version.version if decision.version else None,
        "rate": decision.rate,
        "held": decision.held if folded.current else (row.held if row is not None else None),
        "wants": folded.wants,
    }


def _descriptive(row: Row[Any] | None, folded: Folded) -> dict[str, Any]:
    snapshot = _snapshot(folded)
    if snapshot is None and row is None and folded.silent:
        snapshot = folded.silent[-1]
    if snapshot is not None:
        return {"number": snapshot.number, "status": snapshot.status, "ordered_at": snapshot.ordered_at}
    if row is not None:
        return {"number": row.number, "status": row.status, "ordered_at": row.ordered_at}
    return {"number": "", "status": "", "ordered_at": None}


def _versioned(order: Order) -> dict[str, Any]:
    return {
        "modified_at": order.version.modified_at if order.version else None,
        "refunded_minor": order.version.refunded_minor if order.version else 0,
        "status_rank": order.version.status_rank if order.version else 0,
        "digest": order.digest,
        "fetched_at": order.fetched_at,
        "deleted_at": order.deleted_at,
        "alive_at": order.alive_at,
    }


def _snapshot(folded: Folded) -> OrderSnapshot | None:
    """The snapshot the order stands at, when it is among the news and the order is not deleted."""
    if folded.current is None or folded.current.seen is None or folded.order.deleted_at is not None:
        return None
    return folded.current.seen.snapshot
