"""Rows of redemptions, of the orders that carry their codes, and of stocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.bulk import among
from core.db.redemption_tables import IS_AT_STORE, IS_LIVE, IS_USED, code_carriers, redemptions, reward_stocks
from core.db.tables import orders
from core.domain.program import SpentPoints
from core.domain.redemptions import Carrier, Redemption, State


@dataclass(frozen=True, slots=True)
class Overdue:
    """Codes that the store should have answered for by now."""

    unasked: int
    """It was not asked for them yet."""
    unclear: int
    """It was, and what became of it is not known."""
    cancelling: int
    """They are not off yet, or the store counts a use of them."""


def add(db: Connection, values: Mapping[str, Any]) -> int:
    """Add a redemption and return its id. Raises IntegrityError when its key or its code is taken."""
    return int(db.execute(insert(redemptions).values(**values).returning(redemptions.c.id)).scalar_one())


def by_id(db: Connection, store_id: int, redemption_id: int) -> Row[Any] | None:
    """One redemption; None: there is none."""
    return db.execute(
        select(redemptions).where(redemptions.c.store_id == store_id, redemptions.c.id == redemption_id)
    ).first()


def the(db: Connection, store_id: int, redemption_id: int) -> Row[Any]:
    """One redemption that is known to be there. Raises NoResultFound when it is not."""
    return db.execute(
        select(redemptions).where(redemptions.c.store_id == store_id, redemptions.c.id == redemption_id)
    ).one()


def by_key(db: Connection, store_id: int, member_id: int, idempotency_key: str) -> Row[Any] | None:
    """What the member asked for under this key."""
    return db.execute(
        select(redemptions).where(
            redemptions.c.store_id == store_id,
            redemptions.c.member_id == member_id,
            redemptions.c.idempotency_key == idempotency_key,
        )
    ).first()


def by_codes(db: Connection, store_id: int, code_keys: Collection[str]) -> list[Row[Any]]:
    """The redemptions whose codes these are."""
    return list(
        db.execute(
            select(redemptions).where(
                redemptions.c.store_id == store_id, among(db, redemptions.c.code_key, code_keys)
            )
        )
    )


def store_of(db: Connection, redemption_id: int) -> int | None:
    """Whose redemption this is, among all the transaction sees; None: nobody's."""
    found: int | None = db.execute(
        select(redemptions.c.store_id).where(redemptions.c.id == redemption_id)
    ).scalar()
    return found


def by_ids(db: Connection, store_id: int, redemption_ids: Collection[int]) -> list[Row[Any]]:
    """These redemptions, locked in ascending order until the transaction ends."""
    found = db.execute(
        select(redemptions)
        .where(redemptions.c.store_id == store_id, among(db, redemptions.c.id, redemption_ids))
        .order_by(redemptions.c.id)
        .with_for_update()
    )
    return list(found)


def some(db: Connection, store_id: int, redemption_ids: Collection[int]) -> list[Row[Any]]:
    """These redemptions, to be looked at."""
    found = db.execute(
        select(redemptions)
        .where(redemptions.c.store_id == store_id, among(db, redemptions.c.id, redemption_ids))
        .order_by(redemptions.c.id)
    )
    return list(found)


def carried_by(db: Connection, store_id: int, order_refs: Collection[str]) -> dict[str, dict[int, Carrier]]:
    """How these orders were known to carry codes: by order, then by redemption."""
    found = db.execute(
        select(code_carriers).where(
            code_carriers.c.store_id == store_id, among(db, code_carriers.c.order_ref, order_refs)
        )
    )
    carried: dict[str, dict[int, Carrier]] = defaultdict(dict)
    for row in found:
        carried[row.order_ref][row.redemption_id] = _as_carrier(row)
    return carried


def carriers(db: Connection, store_id: int, redemption_ids: Collection[int]) -> dict[int, list[Carrier]]:
    """The orders that carry these redemptions' codes, or once did."""
    found = db.execute(
        select(code_carriers).where(
            code_carriers.c.store_id == store_id, among(db, code_carriers.c.redemption_id, redemption_ids)
        )
    )
    known: dict[int, list[Carrier]] = defaultdict(list)
    for row in found:
        known[row.redemption_id].append(_as_carrier(row))
    return known


def _as_carrier(row: Row[Any]) -> Carrier:
    return Carrier(row.order_ref, Fraction(row.returned_share), row.freed_at)


def keep_carrier(db: Connection, store_id: int, redemption_id: int, carrier: Carrier) -> None:
    """Note how an order that carries a code stands now."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    said = {"returned_share": str(carrier.returned_share), "freed_at": carrier.freed_at}
    db.execute(
        dialect.insert(code_carriers)
        .values(store_id=store_id, redemption_id=redemption_id, order_ref=carrier.order_ref, **said)
        .on_conflict_do_update(index_elements=["store_id", "redemption_id", "order_ref"], set_=said)
    )


def change(db: Connection, store_id: int, redemption_id: int, **values: Any) -> None:
    """Write some columns of one redemption."""
    db.execute(
        update(redemptions)
        .where(redemptions.c.store_id == store_id, redemptions.c.id == redemption_id)
        .values(**values)
    )


def note_try(db: Connection, store_id: int, redemption_id: int, mark: str, now: datetime) -> bool:
    """Note that the store is asked for the code, by which mark; False when nobody wants it any more."""
    noted = db.execute(
        update(redemptions)
        .where(
            redemptions.c.store_id == store_id,
            redemptions.c.id == redemption_id,
            redemptions.c.state == State.PENDING,
        )
        .values(tries=redemptions.c.tries + 1, tried_at=now, mark=mark)
    )
    return noted.rowcount == 1


def count_of_member(db: Connection, store_id: int, member_id: int, reward_ref: str) -> int:
    """How many of a reward a member had; those whose points came back for want of a code do not count."""
    found = db.execute(
        select(func.count())
        .select_from(redemptions)
        .where(
            redemptions.c.store_id == store_id,
            redemptions.c.member_id == member_id,
            redemptions.c.reward_ref == reward_ref,
            redemptions.c.state.not_in([State.CANCELLED, State.FAILED]),
        )
    )
    return int(found.scalar_one())


def used_since(db: Connection, store_id: int, moment: datetime, limit: int) -> list[str]:
    """The orders placed since a moment that use codes of ours, one for each code; the newest `limit`."""
    of_order = (orders.c.store_id == redemptions.c.store_id) & (orders.c.order_ref == redemptions.c.order_ref)
    found = db.execute(
        select(redemptions.c.order_ref)
        .join(orders, of_order)
        .where(
            redemptions.c.store_id == store_id,
            IS_USED,
            redemptions.c.changed_at >= moment,
            orders.c.ordered_at >= moment,
        )
        .order_by(redemptions.c.changed_at.desc())
        .limit(limit)
    )
    return list(found.scalars())


def take_from_stock(db: Connection, store_id: int, reward_ref: str, stock: int) -> bool:
    """Take one; False when all `stock` of them are given out."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    db.execute(
        dialect.insert(reward_stocks)
        .values(store_id=store_id, reward_ref=reward_ref, taken=0)
        .on_conflict_do_nothing()
    )
    taken = db.execute(
        update(reward_stocks)
        .where(
            reward_stocks.c.store_id == store_id,
            reward_stocks.c.reward_ref == reward_ref,
            reward_stocks.c.taken < stock,
        )
        .values(taken=reward_stocks.c.taken + 1)
    )
    return taken.rowcount == 1


def change_stock(db: Connection, store_id: int, reward_ref: str, taken_more: int) -> None:
    """Take one that is out again, or give one back that was taken, however many there are."""
    db.execute(
        update(reward_stocks)
        .where(reward_stocks.c.store_id == store_id, reward_stocks.c.reward_ref == reward_ref)
        .values(taken=reward_stocks.c.taken + taken_more)
    )


def ended(db: Connection, store_id: int, before: datetime, limit: int) -> list[Row[Any]]:
    """Live redemptions whose codes ended before a moment, the longest ended first."""
    found = db.execute(
        select(redemptions)
        .where(redemptions.c.store_id == store_id, IS_LIVE, redemptions.c.ends_at <= before)
        .order_by(redemptions.c.ends_at, redemptions.c.id)
        .limit(limit)
    )
    return list(found)


def stores_with_ended(db: Connection, before: datetime) -> set[int]:
    """Stores with live redemptions whose codes ended before a moment."""
    found = db.execute(
        select(redemptions.c.store_id).where(IS_LIVE, redemptions.c.ends_at <= before).distinct()
    )
    return set(found.scalars())


def owners(db: Connection, store_id: int, redemption_ids: Collection[int]) -> set[int]:
    """The members whose redemptions these are."""
    found = db.execute(
        select(redemptions.c.member_id).where(
            redemptions.c.store_id == store_id, among(db, redemptions.c.id, redemption_ids)
        )
    )
    return set(found.scalars())


def after(db: Connection, store_id: int, redemption_id: int, limit: int) -> Sequence[Row[Any]]:
    """Redemptions by id, beginning behind `redemption_id`."""
    found = db.execute(
        select(redemptions)
        .where(redemptions.c.store_id == store_id, redemptions.c.id > redemption_id)
        .order_by(redemptions.c.id)
        .limit(limit)
    )
    return found.all()


def listed(
    db: Connection, store_id: int, member_id: int | None = None, *, waiting_only: bool = False
) -> Iterator[Row[Any]]:
    """Redemptions of a store, or of one member of it, in the order they were asked for.

    `waiting_only`: those whose code is being made or switched off.
    """
    wanted = select(redemptions).where(redemptions.c.store_id == store_id).order_by(redemptions.c.id)
    if member_id is not None:
        wanted = wanted.where(redemptions.c.member_id == member_id)
    if waiting_only:
        wanted = wanted.where(IS_AT_STORE)
    yield from db.execute(wanted.execution_options(yield_per=1000))


def overdue(db: Connection, store_id: int, before: datetime) -> Overdue:
    """How many codes have been in the making, or on their way off, since before a moment."""
    is_pending, was_tried = redemptions.c.state == State.PENDING, redemptions.c.tried_at.is_not(None)
    found = db.execute(
        select(is_pending, was_tried, func.count())
        .where(redemptions.c.store_id == store_id, IS_AT_STORE, redemptions.c.changed_at < before)
        .group_by(is_pending, was_tried)
    )
    counts: dict[tuple[bool, bool], int] = {(bool(one), bool(two)): number for one, two, number in found}
    cancelling = counts.get((False, False), 0) + counts.get((False, True), 0)
    return Overdue(counts.get((True, False), 0), counts.get((True, True), 0), cancelling)


def as_redemption(row: Row[Any], spent_points: SpentPoints = SpentPoints.PART) -> Redemption:
    """A row as the domain knows it. `spent_points`: the rule of the program it was redeemed under."""
    return Redemption(
        state=State(row.state),
        cost_points=row.cost_points,
        restored_points=row.restored_points,
        ends_at=row.ends_at,
        is_withdrawn=row.withdrawn_at is not None,
        spent_points=spent_points,
    )
