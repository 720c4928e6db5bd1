"""Taking the name off what a member leaves behind: rows stay, who they are about goes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, cast, delete, or_, select, update

from core.db import person_words
from core.db.bulk import among, update_many
from core.db.tables import effects, entries, members, order_snapshots, orders, persons, redemptions


def guests(
    db: Connection, store_id: int, email_keys: Collection[bytes], order_refs: Collection[str]
) -> set[int]:
    """Members without an account who go by these addresses, or have these orders."""
    having = select(orders.c.member_id).where(
        orders.c.store_id == store_id, among(db, orders.c.order_ref, order_refs)
    )
    found = db.execute(
        select(members.c.id).where(
            members.c.store_id == store_id,
            members.c.customer_ref.is_(None),
            members.c.erased_at.is_(None),
            or_(among(db, members.c.guest_key, email_keys), members.c.id.in_(having)),
        )
    )
    return set(found.scalars())


def known(db: Connection, store_id: int, member_ids: Collection[int]) -> list[Row[Any]]:
    """What each of these members is recognised by: {id, customer_ref, guest_key, email_key}."""
    joined = members.outerjoin(
        persons, (persons.c.store_id == members.c.store_id) & (persons.c.member_id == members.c.id)
    )
    return list(
        db.execute(
            select(members.c.id, members.c.customer_ref, members.c.guest_key, persons.c.email_key)
            .select_from(joined)
            .where(members.c.store_id == store_id, among(db, members.c.id, member_ids))
            .order_by(members.c.customer_ref.is_(None), members.c.id)
        )
    )


def add_nameless(db: Connection, store_id: int, at: datetime) -> int:
    """Make a member nobody knows, for orders of somebody who was forgotten before they were told of."""
    values = {"available_points": 0, "pending_points": 0, "debt_points": 0, "joined_at": at, "erased_at": at}
    member_id: int = db.execute(
        members.insert().returning(members.c.id), {"store_id": store_id, **values}
    ).scalar_one()
    return member_id


def order_refs_of(db: Connection, store_id: int, member_ids: Collection[int]) -> set[str]:
    """Every order these members have, or once had."""
    now = select(orders.c.order_ref).where(
        orders.c.store_id == store_id, among(db, orders.c.member_id, member_ids)
    )
    once = select(entries.c.order_ref).where(
        entries.c.store_id == store_id,
        among(db, entries.c.member_id, member_ids),
        entries.c.order_ref.is_not(None),
    )
    return set(db.execute(now.union(once)).scalars())


def forget_names(
    db: Connection, store_id: int, member_ids: Collection[int], email_keys: Collection[bytes], at: datetime
) -> None:
    """Delete what says who these members are, and these addresses wherever else they are kept."""
    person_words.forget(db, store_id, member_ids, email_keys)
    db.execute(
        delete(persons).where(
            persons.c.store_id == store_id,
            or_(among(db, persons.c.member_id, member_ids), among(db, persons.c.email_key, email_keys)),
        )
    )
    db.execute(
        update(members)
        .where(members.c.store_id == store_id, among(db, members.c.id, member_ids))
        .values(customer_ref=None, guest_key=None, erased_at=at)
    )


def snapshots(
    db: Connection, store_id: int, member_ids: Collection[int], order_refs: Collection[str]
) -> list[Row[Any]]:
    """What was told of these orders as these members', or as nobody's: {id, snapshot} each."""
    named = order_snapshots.c.member_id
    return list(
        db.execute(
            select(order_snapshots.c.id, order_snapshots.c.snapshot).where(
                order_snapshots.c.store_id == store_id,
                among(db, order_snapshots.c.order_ref, order_refs),
                or_(among(db, named, member_ids), named.is_(None)),
                order_snapshots.c.snapshot.is_not(None),
            )
        )
    )


def rewrite_snapshots(db: Connection, store_id: int, rows: list[dict[str, Any]]) -> None:
    """Keep tellings in other words: {id, snapshot} each. What they are compared by stays."""
    update_many(db, order_snapshots, store_id, "id", rows)


def redemption_ids(db: Connection, store_id: int, member_ids: Collection[int]) -> list[int]:
    """What these members redeemed."""
    found = db.execute(
        select(redemptions.c.id)
        .where(redemptions.c.store_id == store_id, among(db, redemptions.c.member_id, member_ids))
        .order_by(redemptions.c.id)
    )
    return list(found.scalars())


def forget_what_callers_said(
    db: Connection, store_id: int, ids: Collection[int], order_refs: Collection[str]
) -> None:
    """Replace keys that callers chose, and drop problems: both may quote a name or an address."""
    db.execute(
        update(redemptions)
        .where(redemptions.c.store_id == store_id, among(db, redemptions.c.id, ids))
        .values(idempotency_key=cast(redemptions.c.id, String), problem=None)
    )
    subjects = [*order_refs, *map(str, ids)]
    db.execute(
        update(effects)
        .where(effects.c.store_id == store_id, among(db, effects.c.subject, subjects))
        .values(problem=None)
    )
