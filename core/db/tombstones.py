"""Rows of tombstones: who was forgotten, known by keyed hashes alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, select, update

from core.db.bulk import among, insert_many
from core.db.privacy_tables import IS_UNLOOKED
from core.db.tables import inbox, members, tombstones


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Somebody was forgotten once."""

    erased_at: datetime
    member_id: int
    """The nameless member who has what belonged to the person until then."""


def any_in(db: Connection, store_id: int) -> bool:
    """Whether anybody was ever forgotten here."""
    return bool(db.execute(select(exists().where(tombstones.c.store_id == store_id))).scalar())


def people(db: Connection, store_id: int) -> int:
    """How many members were forgotten."""
    forgotten = select(func.count(tombstones.c.member_id.distinct())).where(tombstones.c.store_id == store_id)
    return int(db.execute(forgotten).scalar_one())


def put(db: Connection, store_id: int, keys: Iterable[bytes], member_id: int, erased_at: datetime) -> None:
    """Remember that whoever these keys stand for was forgotten. All of the inbox is to be looked at."""
    newest = select(func.max(inbox.c.id)).where(inbox.c.store_id == store_id)
    look_until = int(db.execute(newest).scalar() or 0)
    insert_many(
        db,
        tombstones,
        [
            {
                "store_id": store_id,
                "key": key,
                "erased_at": erased_at,
                "member_id": member_id,
                "looked_until": 0,
                "look_until": look_until,
            }
            for key in sorted(keys)
        ],
        pass_over_taken=True,
    )


def found(db: Connection, store_id: int, keys: Collection[bytes]) -> dict[bytes, list[Tombstone]]:
    """The tombstones of these keys, the oldest first."""
    rows = db.execute(
        select(tombstones)
        .where(tombstones.c.store_id == store_id, among(db, tombstones.c.key, keys))
        .order_by(tombstones.c.erased_at)
    )
    by_key: dict[bytes, list[Tombstone]] = defaultdict(list)
    for row in rows:
        by_key[row.key].append(Tombstone(row.erased_at, row.member_id))
    return by_key


def nameless(db: Connection, store_id: int, member_ids: Collection[int]) -> set[int]:
    """Those of these members who were forgotten."""
    rows = db.execute(
        select(members.c.id).where(
            members.c.store_id == store_id,
            among(db, members.c.id, member_ids),
            members.c.erased_at.is_not(None),
        )
    )
    return set(rows.scalars())


def unlooked(db: Connection, store_id: int) -> tuple[int, int] | None:
    """Behind which id of the inbox somebody's bodies may still be, and up to which; None: nowhere."""
    row = db.execute(
        select(func.min(tombstones.c.looked_until), func.max(tombstones.c.look_until)).where(
            tombstones.c.store_id == store_id, IS_UNLOOKED
        )
    ).one()
    return None if row[0] is None else (int(row[0]), int(row[1]))


def looked(db: Connection, store_id: int, until: int) -> None:
    """The inbox was looked through up to this id."""
    db.execute(
        update(tombstones)
        .where(tombstones.c.store_id == store_id, IS_UNLOOKED, tombstones.c.looked_until < until)
        .values(looked_until=until)
    )


def stores_unlooked(db: Connection) -> set[int]:
    """Stores whose inbox is still to be looked through."""
    return set(db.execute(select(tombstones.c.store_id).where(IS_UNLOOKED).distinct()).scalars())
