"""Rows of members, and the one table that says who they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from core.db.bulk import among, insert_many, update_many
from core.db.tables import members, persons
from core.domain.ledger import Balance


@dataclass(frozen=True, slots=True)
class Identity:
    """How the platform names the person behind an order: by account, else by a hashed e-mail address."""

    customer_ref: str | None = None
    guest_key: bytes | None = None


def ids_by_identity(db: Connection, store_id: int, identities: Collection[Identity]) -> dict[Identity, int]:
    """The members these identities lead to: of those who were merged, the survivors."""
    customer_refs = [identity.customer_ref for identity in identities if identity.customer_ref is not None]
    guest_keys = [identity.guest_key for identity in identities if identity.guest_key is not None]
    found: dict[Identity, int] = {}
    merged: dict[Identity, int] = {}
    for column, wanted in ((members.c.customer_ref, customer_refs), (members.c.guest_key, guest_keys)):
        if wanted:
            rows = db.execute(
                select(
                    members.c.id, members.c.customer_ref, members.c.guest_key, members.c.merged_into
                ).where(members.c.store_id == store_id, among(db, column, wanted))
            )
            for row in rows:
                identity = Identity(row.customer_ref, row.guest_key)
                found[identity] = row.id
                if row.merged_into is not None:
                    merged[identity] = row.id
    ends = survivors(db, store_id, merged.values()) if merged else {}
    return found | {identity: ends[member_id] for identity, member_id in merged.items()}


def paths(db: Connection, store_id: int, member_ids: Iterable[int]) -> dict[int, list[int]]:
    """Of those among these who were merged: whom they went on to, one after the other."""
    nexts: dict[int, int] = {}
    beginning = set(member_ids)
    asked = beginning
    while asked:
        rows = db.execute(
            select(members.c.id, members.c.merged_into).where(
                members.c.store_id == store_id,
                among(db, members.c.id, asked),
                members.c.merged_into.is_not(None),
            )
        )
        found = {row.id: row.merged_into for row in rows}
        nexts |= found
        asked = set(found.values()) - nexts.keys()
    return {one: _path(nexts, one) for one in sorted(beginning & nexts.keys())}


def merged_into(db: Connection, store_id: int, member_ids: Iterable[int]) -> set[int]:
    """Everybody who is one of these now, or by way of others."""
    found: set[int] = set()
    asked = set(member_ids)
    while asked:
        led = select(members.c.id).where(
            members.c.store_id == store_id, among(db, members.c.merged_into, asked)
        )
        asked = set(db.execute(led).scalars()) - found
        found |= asked
    return found


def _path(nexts: Mapping[int, int], member_id: int) -> list[int]:
    path = []
    while member_id in nexts:
        member_id = nexts[member_id]
        path.append(member_id)
    return path


def survivors(db: Connection, store_id: int, member_ids: Iterable[int]) -> dict[int, int]:
    """Of those among these who were merged: who they are now."""
    return {one: path[-1] for one, path in paths(db, store_id, member_ids).items()}


def add(db: Connection, store_id: int, identities: Iterable[Identity], now: datetime) -> None:
    """Make members for identities; somebody may have made some of them a moment ago."""
    insert_many(
        db,
        members,
        [
            {
                "store_id": store_id,
                "customer_ref": identity.customer_ref,
                "guest_key": identity.guest_key,
                "available_points": 0,
                "pending_points": 0,
                "debt_points": 0,
                "joined_at": now,
            }
            for identity in identities
        ],
        pass_over_taken=True,
    )


def add_with_ids(db: Connection, store_id: int, member_ids: Iterable[int], now: datetime) -> None:
    """Make nameless members under ids of the caller's choice: for scratch databases alone."""
    blank = {"available_points": 0, "pending_points": 0, "debt_points": 0, "joined_at": now}
    insert_many(db, members, [{"id": one, "store_id": store_id, **blank} for one in member_ids])


def lock_balances(db: Connection, store_id: int, member_ids: Collection[int]) -> dict[int, Row[Any]]:
    """The members' rows, locked in ascending order until the transaction ends."""
    found = db.execute(
        select(members)
        .where(members.c.store_id == store_id, among(db, members.c.id, member_ids))
        .order_by(members.c.id)
        .with_for_update()
    )
    return {row.id: row for row in found}


def balance_of(row: Row[Any]) -> Balance:
    """The balance a member's row caches."""
    return Balance(row.available_points, row.pending_points, row.debt_points)


def save_balances(db: Connection, store_id: int, changed: Sequence[Mapping[str, Any]]) -> None:
    """Write balances of locked members: their id and every column of the balance."""
    update_many(db, members, store_id, "id", changed)


def note_activity(db: Connection, store_id: int, latest: Mapping[int, datetime]) -> None:
    """Move members' last activity forward, never back."""
    for member_id, at in sorted(latest.items()):
        db.execute(
            update(members)
            .where(
                members.c.store_id == store_id,
                members.c.id == member_id,
                or_(members.c.last_activity_at.is_(None), members.c.last_activity_at < at),
            )
            .values(last_activity_at=at)
        )


def addressed(db: Connection, store_id: int, member_ids: Collection[int]) -> dict[int, Row[Any]]:
    """{id, erased_at, email_key, modified_at, name_key} of these members, by member.

    The last three are None of whom nothing was told.
    """
    joined = members.outerjoin(
        persons, (persons.c.store_id == members.c.store_id) & (persons.c.member_id == members.c.id)
    )
    wanted: tuple[ColumnElement[Any], ...] = (
        members.c.id,
        members.c.erased_at,
        persons.c.email_key,
        persons.c.modified_at,
        persons.c.name_key,
    )
    found = db.execute(
        select(*wanted)
        .select_from(joined)
        .where(members.c.store_id == store_id, among(db, members.c.id, member_ids))
    )
    return {row.id: row for row in found}


def sealed_email(db: Connection, store_id: int, member_id: int) -> bytes | None:
    """The member's address, encrypted; None when it is not known."""
    sealed: bytes | None = db.execute(
        select(persons.c.email).where(persons.c.store_id == store_id, persons.c.member_id == member_id)
    ).scalar()
    return sealed


def sealed_name(db: Connection, store_id: int, member_id: int) -> bytes | None:
    """The member's name, encrypted; None when it is not known."""
    sealed: bytes | None = db.execute(
        select(persons.c.name).where(persons.c.store_id == store_id, persons.c.member_id == member_id)
    ).scalar()
    return sealed


def change_persons(db: Connection, store_id: int, rows: list[dict[str, Any]]) -> None:
    """Replace what is known of people: {member_id, …} each, all with the same columns, sealed."""
    update_many(db, persons, store_id, "member_id", rows)


def add_persons(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Keep who people are: {store_id, member_id, email_key, email, name_key, name} each, sealed."""
    insert_many(db, persons, rows, pass_over_taken=True)


def by_customer_ref(db: Connection, store_id: int, customer_ref: str) -> Row[Any] | None:
    """The member this account at the store's platform leads to: of one who was merged, the survivor."""
    return _followed(db, own_by_customer_ref(db, store_id, customer_ref))


def own_by_customer_ref(db: Connection, store_id: int, customer_ref: str) -> Row[Any] | None:
    """The member made for this account, merged or not."""
    return db.execute(
        select(members).where(members.c.store_id == store_id, members.c.customer_ref == customer_ref)
    ).first()


def own_by_guest_key(db: Connection, store_id: int, guest_key: bytes) -> Row[Any] | None:
    """The member made for a guest with this address, merged or not."""
    return db.execute(
        select(members).where(members.c.store_id == store_id, members.c.guest_key == guest_key)
    ).first()


def _followed(db: Connection, row: Row[Any] | None) -> Row[Any] | None:
    if row is None or row.merged_into is None:
        return row
    return by_id(db, row.store_id, survivors(db, row.store_id, [row.id])[row.id])


def by_id(db: Connection, store_id: int, member_id: int) -> Row[Any] | None:
    """The member with this id of ours, in this store alone."""
    return db.execute(
        select(members).where(members.c.store_id == store_id, members.c.id == member_id)
    ).first()


def now_by_id(db: Connection, store_id: int, member_id: int) -> Row[Any] | None:
    """The member this id of ours leads to: of one who was merged, the survivor."""
    return _followed(db, by_id(db, store_id, member_id))


def by_email_key(db: Connection, store_id: int, email_key: bytes) -> list[Row[Any]]:
    """Members this address leads to, accounts before guests: a person may be both until claimed."""
    found = list(
        db.execute(
            select(members)
            .join(persons, (persons.c.store_id == members.c.store_id) & (persons.c.member_id == members.c.id))
            .where(members.c.store_id == store_id, persons.c.email_key == email_key)
            .order_by(members.c.customer_ref.is_(None), members.c.id)
        )
    )
    followed = {row.id: row for one in found if (row := _followed(db, one)) is not None}
    return list(followed.values())


def count(db: Connection, store_id: int) -> int:
    """How many members the store has."""
    found = db.execute(select(func.count()).select_from(members).where(members.c.store_id == store_id))
    return int(found.scalar_one())


def after(db: Connection, store_id: int, member_id: int, limit: int) -> list[Row[Any]]:
    """Members by id, beginning behind `member_id`."""
    return list(
        db.execute(
            select(members)
            .where(members.c.store_id == store_id, members.c.id > member_id)
            .order_by(members.c.id)
            .limit(limit)
        )
    )


def count_up_to(db: Connection, store_id: int, most: int) -> int:
    """How many members the store has that are somebody, counted no further than `most`."""
    somebody = (
        select(members.c.id)
        .where(members.c.store_id == store_id, members.c.merged_into.is_(None), members.c.erased_at.is_(None))
        .limit(most)
        .subquery()
    )
    return int(db.execute(select(func.count()).select_from(somebody)).scalar_one())
