"""Codes on orders: an order that carries a code of ours uses it, gives it back, or gives points back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Connection

from core.db import members, redemptions
from core.domain.codes import code_key
from core.domain.orders import OrderSnapshot
from core.domain.redemptions import Carrier, carrier, standing
from core.domain.sentences import carried_sentence
from core.domain.stores import Store
from core.services.restoring import Held, move
from core.services.terms import StoreTerms


@dataclass(frozen=True, slots=True)
class Now:
    """An order as it stands now."""

    order_ref: str
    snapshot: OrderSnapshot | None
    """None: the store deleted it."""
    deleted_at: datetime | None = None


def settle_codes(
    db: Connection, terms: StoreTerms, orders: Sequence[Now], frees_uses: frozenset[str], now: datetime
) -> None:
    """Bring every redemption whose code these orders carry, or once did, to where it should be."""
    # Where no program ever had a reward there is no code, and nothing to look for.
    if not orders or not any(version.program.rewards for version in terms.versions):
        return
    store = terms.store
    changed = _carriers(db, store.store_id, orders, frees_uses)
    for redemption_id, told in changed.items():
        for one in told:
            redemptions.keep_carrier(db, store.store_id, redemption_id, one)
    _settle(db, store, sorted(changed), now)


def _carriers(
    db: Connection, store_id: int, orders: Sequence[Now], frees_uses: frozenset[str]
) -> Mapping[int, list[Carrier]]:
    """What the orders say of codes now, by redemption."""
    before = redemptions.carried_by(db, store_id, [order.order_ref for order in orders])
    keys = {
        order.order_ref: {code_key(code) for code in order.snapshot.discount_codes}
        for order in orders
        if order.snapshot is not None
    }
    wanted = {key for of_order in keys.values() for key in of_order}
    ours = {row.code_key: row.id for row in redemptions.by_codes(db, store_id, wanted)} if wanted else {}
    told: dict[int, list[Carrier]] = defaultdict(list)
    for order in orders:
        carries = {ours[key] for key in keys.get(order.order_ref, ()) if key in ours}
        for redemption_id in carries | before.get(order.order_ref, set()):
            told[redemption_id].append(_carrier(order, frees_uses, is_on_it=redemption_id in carries))
    return told


def _carrier(order: Now, frees_uses: frozenset[str], *, is_on_it: bool) -> Carrier:
    if order.snapshot is None:
        # Trashed: told as deleted, and a store that gives uses back gives back those of what is in the bin.
        return Carrier(order.order_ref, Fraction(1), order.deleted_at if frees_uses else None)
    said = carrier(order.snapshot, frees_uses)
    # A code taken off an order can be used again.
    return said if is_on_it else replace(said, freed_at=order.snapshot.modified_at)


def _settle(db: Connection, store: Store, redemption_ids: Sequence[int], now: datetime) -> None:
    if not redemption_ids:
        return
    known = redemptions.carriers(db, store.store_id, redemption_ids)
    owners = redemptions.owners(db, store.store_id, redemption_ids)
    locked = members.lock_balances(db, store.store_id, owners)
    rows = redemptions.by_ids(db, store.store_id, redemption_ids)
    for redemption_id, row in rows.items():
        held = Held(store, locked[row.member_id], row)
        due = standing(held.redemption, known.get(redemption_id, ()))
        if (due.state, due.restored_points, due.order_ref) != (row.state, row.restored_points, row.order_ref):
            move(db, held, due, carried_sentence(due, held.redemption), now)
            locked = members.lock_balances(db, store.store_id, owners)
