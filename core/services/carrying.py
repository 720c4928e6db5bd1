"""Codes on orders: an order that carries a code of ours uses it, gives it back, or gives points back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Connection

from core.db import effects, redemptions
from core.domain.codes import code_key
from core.domain.orders import OrderSnapshot
from core.domain.redemptions import Carrier, State, carrier, standing
from core.domain.sentences import carried_sentence
from core.services.restoring import held, lock, move
from core.services.terms import StoreTerms
from core.services.unheard import forget_use


@dataclass(frozen=True, slots=True)
class Now:
    """An order as it stands now."""

    order_ref: str
    snapshot: OrderSnapshot | None
    """None: the store deleted it."""
    deleted_at: datetime | None = None


def owners(db: Connection, terms: StoreTerms, orders: Sequence[Now]) -> set[int]:
    """The members whose codes these orders carry, or once did."""
    if not _may_carry(terms, orders):
        return set()
    store_id = terms.store.store_id
    known = _known(db, store_id, orders)
    return redemptions.owners(db, store_id, {one for carried in known.values() for one in carried})


def settle_codes(
    db: Connection, terms: StoreTerms, orders: Sequence[Now], frees_uses: frozenset[str], now: datetime
) -> None:
    """Bring every redemption whose code these orders carry, or once did, to where it should be."""
    if not _may_carry(terms, orders):
        return
    store_id = terms.store.store_id
    known, changed = _known(db, store_id, orders), set()
    for order in orders:
        for redemption_id, before in known[order.order_ref].items():
            told = _carrier(order, frees_uses, is_on_it=before.is_on_it).after(before.carrier)
            redemptions.keep_carrier(db, store_id, redemption_id, told)
            changed.add(redemption_id)
    if changed:
        _settle(db, terms, changed, now)


def _may_carry(terms: StoreTerms, orders: Sequence[Now]) -> bool:
    # Where no program ever had a reward there is no code, and nothing to look for.
    return bool(orders) and any(version.program.rewards for version in terms.versions)


@dataclass(frozen=True, slots=True)
class _Carried:
    """A code of ours and an order."""

    is_on_it: bool
    """Whether the order carries it now."""
    carrier: Carrier | None
    """How the order was known to carry it before."""


def _known(db: Connection, store_id: int, orders: Sequence[Now]) -> dict[str, dict[int, _Carried]]:
    """By order, then by redemption."""
    before = redemptions.carried_by(db, store_id, [order.order_ref for order in orders])
    keys = {
        order.order_ref: {code_key(code) for code in order.snapshot.discount_codes}
        for order in orders
        if order.snapshot is not None
    }
    wanted = {key for of_order in keys.values() for key in of_order}
    ours = {row.code_key: row.id for row in redemptions.by_codes(db, store_id, wanted)} if wanted else {}
    known = {}
    for order in orders:
        on_it = {ours[key] for key in keys.get(order.order_ref, ()) if key in ours}
        then = before.get(order.order_ref, {})
        known[order.order_ref] = {
            one: _Carried(one in on_it, then.get(one)) for one in sorted(on_it | then.keys())
        }
    return known


def _carrier(order: Now, frees_uses: frozenset[str], *, is_on_it: bool) -> Carrier:
    if order.snapshot is None:
        # Trashed: told as deleted, and a store that gives uses back gives back those of what is in the bin.
        return Carrier(order.order_ref, Fraction(1), order.deleted_at if frees_uses else None)
    if is_on_it:
        return carrier(order.snapshot, frees_uses)
    # Taken off the order: it can be used again, or where uses are never given back its points come back.
    return Carrier(order.order_ref, Fraction(1), order.snapshot.modified_at if frees_uses else None)


def _settle(db: Connection, terms: StoreTerms, redemption_ids: Collection[int], now: datetime) -> None:
    store = terms.store
    known = redemptions.carriers(db, store.store_id, redemption_ids)
    for row in lock(db, store, redemption_ids):
        before = redemptions.as_redemption(row, terms.version(row.program_version).program.spent_points)
        due = standing(before, known.get(row.id, ()))
        if (due.state, due.restored_points, due.order_ref) != (row.state, row.restored_points, row.order_ref):
            move(db, held(db, store, row), due, carried_sentence(due, before), now)
            if before.state is State.CANCELLING:
                forget_use(db, store.store_id, row.id)
            if due.state is State.CANCELLING:
                effects.ask(db, store.store_id, effects.END_CODE, [str(row.id)], now)
