"""Changing a store's program: a new immutable version, never touching what was earned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.db import orders, programs
from core.domain.errors import Refused
from core.domain.program import read_program
from core.domain.versions import BEGINNING, refuse_rewriting_history
from core.services.terms import StoreTerms


@dataclass(frozen=True, slots=True)
class Applied:
    """A program version that was added."""

    version: int
    effective_from: datetime
    is_from_the_beginning: bool
    """True: nothing had been settled, so it stands in for the default from before the first order."""


def apply_program(
    db: Connection, terms: StoreTerms, text: str, effective_from: datetime | None, now: datetime
) -> Applied:
    """Add `text` as the next program version. The caller holds the store's lease.

    Without `effective_from` it takes effect now, or from the beginning while nothing has been settled.
    Raises ProgramRefused for mistakes in it, Refused for a past that orders were settled under.
    """
    store_id = terms.store.store_id
    program = read_program(text, terms.store.currency)
    settled_under = orders.versions_settled_under(db, store_id)
    is_from_the_beginning = effective_from is None and not settled_under
    begins = BEGINNING if is_from_the_beginning else effective_from or now
    if not is_from_the_beginning:
        refuse_rewriting_history(terms.versions, begins, now, settled_under)
    number = terms.versions[-1].version + 1
    programs.add_version(db, store_id, number, begins, program.to_json(), now)
    return Applied(number, begins, is_from_the_beginning)


def parse_moment(text: str, terms: StoreTerms) -> datetime:
    """`--from` as a moment: ISO 8601; without an offset it is the store's local time. Raises Refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(
            f"“{text}” is not a time; write one such as 2026-12-01 or 2026-12-01T09:00+01:00."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=terms.store.zone)
