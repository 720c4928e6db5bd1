"""Taking in orders from before a store was connected, with points or without."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from core.db import catch_ups, programs, stores
from core.domain.versions import BEGINNING, ProgramVersion, in_force
from core.services.terms import StoreTerms

ALL_ORDERS: Final = datetime(2000, 1, 1, tzinfo=BEGINNING.tzinfo)
"""Before any order of a store of today."""


def begin_import(db: Connection, terms: StoreTerms, since: datetime, now: datetime, *, awards: bool) -> bool:
    """Have orders placed since a moment taken in; False when that very import is under way already.

    Without `awards`, orders placed before the store was connected earn nothing, whoever tells of them: the
    program says so from then on, and for orders that were settled under it before nothing changes.
    The caller holds the store's lease.
    """
    store_id = terms.store.store_id
    if not awards:
        _earn_nothing_before(db, terms, stores.first_connected_at(db, store_id), now)
    row = catch_ups.load(db, store_id, catch_ups.IMPORT)
    if row is not None and row.since is not None and row.placed_since == since:
        return False
    catch_ups.ask(db, store_id, catch_ups.IMPORT, since, now, placed_since=since)
    return True


def leave_out(db: Connection, store_id: int, now: datetime) -> None:
    """Past orders stay out: an import under way ends here, and what it took in already stays."""
    catch_ups.end(db, store_id, catch_ups.IMPORT, now)


def earns_before(terms: StoreTerms, moment: datetime) -> bool:
    """Whether orders placed before a moment may earn anything."""
    return any(version.program.earning for version in _ruling_before(terms, moment))


def _earn_nothing_before(db: Connection, terms: StoreTerms, moment: datetime, now: datetime) -> None:
    if not earns_before(terms, moment):
        return
    idle = [
        (version.effective_from, replace(version.program, earning=()))
        for version in _ruling_before(terms, moment)
    ]
    as_before = (moment, in_force(terms.versions, moment).program)
    for number, (begins_at, program) in enumerate([*idle, as_before], start=terms.versions[-1].version + 1):
        programs.add_version(db, terms.store.store_id, number, begins_at, program.to_json(), now)


def _ruling_before(terms: StoreTerms, moment: datetime) -> list[ProgramVersion]:
    """The versions in force at any time before a moment."""
    begins = sorted({version.effective_from for version in terms.versions if version.effective_from < moment})
    return [in_force(terms.versions, begin) for begin in begins]
