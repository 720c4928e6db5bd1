"""What somebody may mean who looks for a member, and whom it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from core.db import members, person_words, searching
from core.domain.names import word_keys
from core.domain.payload import LARGEST_REF, clean_text
from core.domain.people import email_key, normal_email
from core.services.terms import Sealing

LONGEST: Final = 254
FOUND_MOST: Final = 1000
SAID_MOST: Final = 5
"""Orders of one number that are told one by one."""


class By(StrEnum):
    """How somebody was found."""

    ORDER = "order"
    MEMBER = "member"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was understood, and whom it leads to."""

    by: By
    number: str
    member_id: int | None
    """Of one who was merged, the survivor. None: an order of nobody's."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a search leads to."""

    hits: tuple[Hit, ...] = ()
    """What was found by a number."""
    is_address: bool = False
    """Whether it was taken for an e-mail address."""
    is_name: bool = False
    """Whether it was looked for among names, too."""
    member_ids: frozenset[int] = frozenset()
    """All of them; of those who were merged, the survivors."""
    is_cut: bool = False
    """Whether more go by that name than are looked at."""


def find(db: Connection, store_id: int, text: str, sealing: Sealing) -> Found:
    """Members by e-mail address, order number, a number of ours or the platform's, or words of their name.

    Addresses and numbers are found exactly, names by whole words in any order.
    """
    wanted = clean_text(text, LONGEST + 1).strip()
    if not wanted or len(wanted) > LONGEST:
        return Found()
    if "@" in wanted:
        return _addressed(db, store_id, wanted, sealing)
    hits = _hits(db, store_id, wanted)
    keys = () if wanted.removeprefix("#").isdigit() else word_keys(sealing.identity_key, store_id, wanted)
    named = person_words.having_all(db, store_id, keys, FOUND_MOST + 1) if keys else []
    ends = _ends(db, store_id, [*(hit.member_id for hit in hits if hit.member_id), *named[:FOUND_MOST]])
    return Found(
        hits=tuple(Hit(hit.by, hit.number, ends.get(hit.member_id or 0)) for hit in hits),
        is_name=bool(keys),
        member_ids=frozenset(ends.values()),
        is_cut=len(named) > FOUND_MOST,
    )


def _addressed(db: Connection, store_id: int, wanted: str, sealing: Sealing) -> Found:
    email = normal_email(wanted)
    if email is None:
        return Found(is_address=True)
    key = email_key(sealing.identity_key, store_id, email)
    ends = _ends(db, store_id, searching.addressed(db, store_id, key, FOUND_MOST))
    return Found(is_address=True, member_ids=frozenset(ends.values()))


def _hits(db: Connection, store_id: int, wanted: str) -> list[Hit]:
    hits = [
        Hit(By.ORDER, row.number, row.member_id)
        for row in searching.orders_numbered(db, store_id, wanted, SAID_MOST)
    ]
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 19 else 0
    if 0 < number <= LARGEST_REF:
        for row in searching.numbered(db, store_id, number):
            if row.id == number:
                hits.append(Hit(By.MEMBER, wanted, row.id))
            if row.customer_ref == str(number):
                hits.append(Hit(By.CUSTOMER, wanted, row.id))
    return hits


def _ends(db: Connection, store_id: int, member_ids: Iterable[int]) -> dict[int, int]:
    """Who each of these is now."""
    found = set(member_ids)
    merged = members.survivors(db, store_id, found) if found else {}
    return {one: merged.get(one, one) for one in found}
