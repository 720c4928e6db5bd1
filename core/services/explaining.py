"""Why an order has its points, in one sentence, from what is kept. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from core.db import orders
from core.domain.errors import Refused
from core.domain.orders import OrderSnapshot, from_json
from core.domain.sentences import (
    excluded_sentence,
    gone_sentence,
    held_sentence,
    order_sentence,
    silent_sentence,
)
from core.domain.settlement import Order
from core.domain.worth import worth
from core.services.deciding import says_nothing, version_for
from core.services.terms import StoreTerms


@dataclass(frozen=True, slots=True)
class Explained:
    """An order's points, and why."""

    order_ref: str
    points: int
    """As posted."""
    sentence: str
    member_id: int | None
    """None: nobody's, because the order names no customer and no address."""
    program_version: int | None
    """None: nothing was settled yet."""
    status: str
    held: str | None
    """Why a paid order is worth nothing for now."""
    wants: str | None
    """What only the store can tell."""


def explain_order(db: Connection, terms: StoreTerms, order_ref: str) -> Explained:
    """Explain one order. Raises Refused when nothing is known of it."""
    row = orders.load(db, terms.store.store_id, [order_ref]).get(order_ref)
    if row is None:
        raise Refused(f"{terms.store.name} has told nothing of an order {order_ref}.")
    return Explained(
        order_ref=order_ref,
        points=row.posted_points,
        sentence="; ".join(_clauses(db, terms, row)),
        member_id=row.member_id,
        program_version=row.program_version,
        status=row.status,
        held=row.held,
        wants=row.wants,
    )


def _clauses(db: Connection, terms: StoreTerms, row: Row[Any]) -> Iterator[str]:
    text = orders.current_snapshot(db, terms.store.store_id, row.order_ref)
    silent = _silent(db, terms, row)
    if row.deleted_at is not None:
        yield gone_sentence(row.deleted_at, terms.store.zone)
    elif text is not None:
        yield from _about_worth(terms, row, from_json(text))
    elif not silent:
        yield "nothing that could be settled was told of it yet: 0 points"
    if silent:
        yield silent_sentence(silent)


def _about_worth(terms: StoreTerms, row: Row[Any], snapshot: OrderSnapshot) -> Iterator[str]:
    store = terms.store
    excluded = terms.exclusion(row.member_id, snapshot.ordered_at)
    if excluded is not None:
        yield excluded_sentence(excluded, store.zone)
        if row.posted_points:
            yield _but_posted(row.posted_points)
        return
    rate = terms.rate_text(snapshot.currency, row.rate)
    if row.held or rate is None:
        yield held_sentence(snapshot.currency, store.currency)
        return
    program = version_for(terms, orders.as_order(row), snapshot).program
    value = worth(snapshot, program, terms.minor_rate(snapshot.currency, rate))
    yield order_sentence(snapshot, value, store.currency)
    if snapshot.currency != store.currency:
        yield f"1 {snapshot.currency} counts as {rate} {store.currency}"
    if row.member_id is None and value.points:
        yield "nobody has them, because the order names no customer and no e-mail address"
    elif value.points != row.posted_points:
        yield _but_posted(row.posted_points)


def _but_posted(points: int) -> str:
    return f"but {points} are posted, which bin/regulars replay --check looks into"


def _silent(db: Connection, terms: StoreTerms, row: Row[Any]) -> str | None:
    """The status told last, if it says nothing and therefore changed nothing."""
    order: Order = orders.as_order(row)
    told = orders.tellings(db, terms.store.store_id, [row.order_ref])
    snapshots = [from_json(telling.snapshot) for telling in told if telling.snapshot is not None]
    newer = [one for one in snapshots if order.version is None or one.version > order.version]
    latest = max(newer, key=lambda snapshot: snapshot.version, default=None)
    return latest.status if latest is not None and says_nothing(terms, order, latest) else None
