"""Rebuilding orders' points from what is kept for ever, in a scratch database, and comparing.

Every telling ever kept of an order goes through the same settling once more: as it was told, one by one, and
shuffled, all at once. Both must end where the ledger stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import audit, members, orders, stores
from core.domain.folding import Folded, News
from core.domain.orders import Version, from_json
from core.domain.settlement import Order, Seen, Source
from core.domain.stores import Store
from core.services.deciding import Decision, order_values
from core.services.settling import settle_news
from core.services.terms import StoreTerms

PORTION: Final = 200

Points = dict[str, dict[int, int]]
"""By order and member; zeros are left out."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Some orders of a store: what was told of them, and what the ledger holds for them."""

    pins: tuple[Row[Any], ...]
    """The orders' rows: of these only the pinned program version and rate are used."""
    tellings: Mapping[str, Sequence[News]]
    """In the order they were kept."""
    posted: Points
    unreadable: frozenset[str]
    """Orders with a snapshot that cannot be read any more."""
    after: str | None
    """Where to go on; None: these were the last."""


class How(StrEnum):
    """What was replayed when the points differed."""

    AS_TOLD = "as_told"
    SHUFFLED = "shuffled"
    UNREADABLE = "unreadable"
    """Nothing: a snapshot cannot be read any more."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An order whose points in the ledger are not those its tellings lead to."""

    order_ref: str
    ledger: Mapping[int, int]
    """Points by member."""
    rebuilt: Mapping[int, int]
    how: How


def load_kept(db: Connection, store_id: int, after: str) -> Kept:
    """The next orders behind `after`. Entries of orders that do not exist are in it, too."""
    rows = orders.after(db, store_id, after, PORTION)
    until = rows[-1].order_ref if len(rows) == PORTION else None
    told: dict[str, list[News]] = {row.order_ref: [] for row in rows}
    unreadable = set()
    for row in orders.tellings(db, store_id, list(told)):
        try:
            told[row.order_ref].append(_news(row))
        except (ValueError, KeyError, TypeError):
            unreadable.add(row.order_ref)
    posted = audit.order_sums(db, store_id, after, until)
    return Kept(tuple(rows), told, posted, frozenset(unreadable), until)


def _news(row: Row[Any]) -> News:
    seen = Seen(
        order_ref=row.order_ref,
        observed_at=row.observed_at,
        source=Source(row.source),
        snapshot=None if row.snapshot is None else from_json(row.snapshot),
        snapshot_json=row.snapshot,
        digest=row.digest,
        member_id=row.member_id,
    )
    return News(row.id, seen)


def prepare_scratch(scratch: Connection, store: Store, now: datetime) -> None:
    """Put the store into an empty migrated database."""
    stores.add_store(
        scratch,
        {
            "id": store.store_id,
            "name": store.name,
            "platform": store.platform,
            "url": store.url,
            "currency": store.currency,
            "timezone": store.zone.key,
            "is_offline": True,
            "webhook_path": store.webhook_path,
            "credentials": b"",
            "created_at": now,
        },
    )


def mismatches(
    scratch: Connection, terms: StoreTerms, kept: Kept, chance: Random, now: datetime
) -> list[Mismatch]:
    """The orders among `kept` whose points differ. Leaves nothing in the scratch database."""
    # Only rates that orders were settled with count: one set since then waits for the orders it is for.
    scratch_terms = replace(terms, store=replace(terms.store, is_offline=True), rates={})
    as_told = _rebuild(scratch, scratch_terms, kept, _one_by_one(kept.tellings), now)
    shuffled = _rebuild(scratch, scratch_terms, kept, _shuffled(kept.tellings, chance), now)
    found = [Mismatch(ref, kept.posted.get(ref, {}), {}, How.UNREADABLE) for ref in sorted(kept.unreadable)]
    found += _compare(kept.posted, as_told, How.AS_TOLD, besides=kept.unreadable)
    known = {mismatch.order_ref for mismatch in found}
    return found + _compare(kept.posted, shuffled, How.SHUFFLED, besides=known)


def _rebuild(
    scratch: Connection,
    terms: StoreTerms,
    kept: Kept,
    rounds: Iterator[Mapping[str, Sequence[News]]],
    now: datetime,
) -> Points:
    """Where the ledger ends up."""
    store_id = terms.store.store_id
    undo = scratch.begin_nested()
    try:
        members.add_with_ids(scratch, store_id, _member_ids(kept), now)
        orders.save(scratch, store_id, added=[_blank(row) for row in kept.pins], changed=[])
        for news in rounds:
            settle_news(scratch, terms, news, now)
        return audit.order_sums(scratch, store_id, "", None)
    finally:
        undo.rollback()


def _blank(row: Row[Any]) -> dict[str, Any]:
    """An order of which nothing was told yet, but whose program version and rate are fixed."""
    blank = Order(row.order_ref)
    values = order_values(None, Folded(blank, blank, None), Decision(None, 0))
    return values | {"program_version": row.program_version, "rate": row.rate}


def _member_ids(kept: Kept) -> list[int]:
    told = (news.seen.member_id for listed in kept.tellings.values() for news in listed if news.seen)
    return sorted({member_id for member_id in told if member_id is not None})


def _one_by_one(tellings: Mapping[str, Sequence[News]]) -> Iterator[Mapping[str, Sequence[News]]]:
    """Round by round, the next telling of each order."""
    for told in zip_longest(*tellings.values()):
        yield {ref: [news] for ref, news in zip(tellings, told, strict=True) if news is not None}


def _shuffled(
    tellings: Mapping[str, Sequence[News]], chance: Random
) -> Iterator[Mapping[str, Sequence[News]]]:
    """All at once, each order's tellings in an order of chance where that must not matter."""
    yield {
        ref: chance.sample(listed, len(listed)) if _have_versions(listed) else listed
        for ref, listed in tellings.items()
    }


def _have_versions(told: Sequence[News]) -> bool:
    """Whether the platform's own versions decide between these tellings.

    A deletion has none and counts by its receipt, and so does what undoes it; of two states told of one
    moment the first counts until the order is fetched.
    """
    states: dict[Version, bytes] = {}
    for news in told:
        seen = news.seen
        if seen is None or seen.snapshot is None or seen.source is Source.RESTORED:
            return False
        if (
            seen.source is Source.DELIVERY
            and states.setdefault(seen.snapshot.version, seen.digest) != seen.digest
        ):
            return False
    return True


def _compare(posted: Points, rebuilt: Points, how: How, besides: Set[str]) -> list[Mismatch]:
    return [
        Mismatch(ref, posted.get(ref, {}), rebuilt.get(ref, {}), how)
        for ref in sorted({*posted, *rebuilt} - besides)
        if posted.get(ref) != rebuilt.get(ref)
    ]
