"""A store's draft of its next program version: written by anybody who may, published by one of them.

A draft has a revision. Whoever saves, publishes or drops it says which one they saw; when somebody else saved
meanwhile nothing is done, and they are shown both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.db import programs
from core.domain.errors import Refused
from core.domain.platform import Platform
from core.domain.program import Program, read_program
from core.domain.staff import Who
from core.domain.versions import in_force, scheduled
from core.services.noting import note_change
from core.services.programming import Applied, apply_program
from core.services.terms import StoreTerms

NO_DRAFT = 0
"""The revision where nothing was drafted yet."""


class DraftChanged(Exception):
    """Somebody else saved since; `theirs` is what stands now."""

    def __init__(self, theirs: Draft) -> None:
        self.theirs = theirs
        super().__init__(f"{theirs.changed_by} saved since")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a store's next program version would be."""

    revision: int
    """`NO_DRAFT`: nothing was drafted, it is the program in force."""
    program: Program
    based_on: int
    """The version it was begun from."""
    changed_at: datetime | None
    changed_by: str

    @property
    def is_begun(self) -> bool:
        """Whether there is anything that is not live."""
        return self.revision != NO_DRAFT

    @property
    def mark(self) -> str:
        """Another for every save, and once another version is live: what a form carries to say what it saw.

        Revisions begin anew with each draft, so they alone would take one draft for another.
        """
        if not self.is_begun:
            return f"live-{self.based_on}"
        saved_at = "" if self.changed_at is None else self.changed_at.isoformat()
        return f"{self.revision}-{saved_at}"


def draft_of(db: Connection, terms: StoreTerms, now: datetime) -> Draft:
    """The store's draft; the program in force where there is none."""
    row = programs.draft(db, terms.store.store_id)
    if row is None:
        current = in_force(terms.versions, now)
        return Draft(NO_DRAFT, current.program, current.version, None, "")
    program = read_program(row.program, terms.store.currency)
    return Draft(row.revision, program, row.based_on, row.changed_at, row.changed_by)


def draft_as_seen(db: Connection, terms: StoreTerms, mark: str, now: datetime) -> Draft:
    """The store's draft, which somebody saw with this mark. Raises DraftChanged when it is another by now."""
    standing = draft_of(db, terms, now)
    if standing.mark != mark:
        raise DraftChanged(standing)
    return standing


def save_draft(
    db: Connection, terms: StoreTerms, text: str, seen_revision: int, who: Who, now: datetime
) -> Draft:
    """Keep a program's JSON as the draft. Raises DraftChanged, ProgramRefused.

    One that equals the program in force is no draft: nothing of it is kept.
    """
    store_id = terms.store.store_id
    program, current = read_program(text, terms.store.currency), in_force(terms.versions, now)
    if program == current.program:
        drop_draft(db, terms, seen_revision, now)
        return draft_of(db, terms, now)
    told = {"program": program.to_json(), "changed_at": now, "changed_by": who.name[:120]}
    if seen_revision == NO_DRAFT:
        _begin(db, terms, told | {"store_id": store_id, "revision": 1, "based_on": current.version}, now)
    elif not programs.change_draft(db, store_id, seen_revision, **told):
        raise DraftChanged(draft_of(db, terms, now))
    return draft_of(db, terms, now)


def _begin(db: Connection, terms: StoreTerms, values: dict[str, object], now: datetime) -> None:
    if programs.draft(db, terms.store.store_id) is not None:
        raise DraftChanged(draft_of(db, terms, now))
    try:
        with db.begin_nested():
            programs.add_draft(db, values)
    except IntegrityError as error:
        raise DraftChanged(draft_of(db, terms, now)) from error


def drop_draft(db: Connection, terms: StoreTerms, seen_revision: int, now: datetime) -> None:
    """Forget the draft. Raises DraftChanged."""
    if not programs.drop_draft(db, terms.store.store_id, seen_revision):
        standing = draft_of(db, terms, now)
        if standing.is_begun:
            raise DraftChanged(standing)


def publish_draft(
    db: Connection,
    terms: StoreTerms,
    seen_revision: int,
    who: Who,
    effective_from: datetime | None,
    now: datetime,
    *,
    platform: Platform | None = None,
) -> Applied:
    """Make the draft the next program version, as `apply_program` does. The caller holds the store's lease.

    Raises DraftChanged, ProgramRefused, and Refused when there is nothing to publish or the moment is past.
    """
    standing = draft_of(db, terms, now)
    if standing.revision != seen_revision:
        raise DraftChanged(standing)
    if not standing.is_begun:
        raise Refused("There is nothing to publish: the draft is the program that is live.")
    before, text = in_force(terms.versions, now), standing.program.to_json()
    applied = apply_program(db, terms, text, effective_from, now, platform=platform, applied_by=who.name)
    programs.drop_draft(db, terms.store.store_id, seen_revision)
    note_change(
        db,
        terms.store.store_id,
        who,
        "program.published",
        f"version {applied.version}",
        now,
        before={"version": before.version, "program": before.program.to_json()},
        after={"version": applied.version, "from": applied.effective_from, "program": text},
    )
    return applied


def call_off(db: Connection, terms: StoreTerms, number: int, who: Who, now: datetime) -> Applied:
    """Have a version that is yet to start never rule: what rules before it goes on. Holds the store's lease.

    Versions are never changed, so this adds one from the same moment. Raises Refused.
    """
    planned = next((one for one in scheduled(terms.versions, now) if one.version == number), None)
    if planned is None:
        raise Refused(f"Version {number} is not waiting to start, so there is nothing to call off.")
    earlier = [one for one in terms.versions if one.effective_from < planned.effective_from]
    going_on = in_force(earlier, planned.effective_from)
    text = going_on.program.to_json()
    applied = apply_program(db, terms, text, planned.effective_from, now, applied_by=who.name)
    note_change(
        db,
        terms.store.store_id,
        who,
        "program.called_off",
        f"version {number}",
        now,
        before={"version": number, "from": planned.effective_from, "program": planned.program.to_json()},
        after={"version": applied.version, "from": applied.effective_from, "program": text},
    )
    return applied
