"""What members are found by when somebody looks for a name: keyed hashes of its words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, delete, exists, select

from core.db.bulk import among, insert_many
from core.db.tables import person_words, persons


def put(db: Connection, store_id: int, words: Mapping[int, Iterable[bytes]]) -> None:
    """Keep these words of members who had none."""
    rows = [
        {"store_id": store_id, "member_id": member_id, "key": key}
        for member_id, keys in sorted(words.items())
        for key in sorted(keys)
    ]
    insert_many(db, person_words, rows, pass_over_taken=True)


def replace(db: Connection, store_id: int, words: Mapping[int, Iterable[bytes]]) -> None:
    """Keep these words of members, and no others."""
    if words:
        of_them = among(db, person_words.c.member_id, sorted(words))
        db.execute(delete(person_words).where(person_words.c.store_id == store_id, of_them))
        put(db, store_id, words)


def forget(db: Connection, store_id: int, member_ids: Collection[int], email_keys: Collection[bytes]) -> None:
    """Delete the words of these members, and of whoever goes by these addresses."""
    addressed = select(persons.c.member_id).where(
        persons.c.store_id == store_id, among(db, persons.c.email_key, email_keys)
    )
    db.execute(
        delete(person_words).where(
            person_words.c.store_id == store_id,
            among(db, person_words.c.member_id, member_ids) | person_words.c.member_id.in_(addressed),
        )
    )


def having_all(db: Connection, store_id: int, keys: Collection[bytes], limit: int) -> list[int]:
    """Members whose name has every one of these words, whoever came last first; at most `limit`."""
    first, *others = keys
    also = [
        exists().where(
            one.c.store_id == store_id, one.c.member_id == person_words.c.member_id, one.c.key == key
        )
        for key in others
        for one in (person_words.alias(),)
    ]
    chosen = (
        select(person_words.c.member_id)
        .where(person_words.c.store_id == store_id, person_words.c.key == first, *also)
        .order_by(person_words.c.member_id.desc())
        .limit(limit)
    )
    return list(db.execute(chosen).scalars())
