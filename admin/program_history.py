"""The versions of a store's program: who made which, when, and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from admin.program_words import Said, what_changes
from admin.saying import _
from core.db import programs
from core.domain.versions import BEGINNING, ProgramVersion, in_force, scheduled
from core.services.terms import StoreTerms


class Stage(StrEnum):
    """Where a version stands."""

    LIVE = "live"
    SCHEDULED = "scheduled"
    OVER = "over"
    """Orders of its time stay with it."""
    SAME = "same"
    """It is yet to start, and nothing changes then: it was made to call another off."""
    NEVER = "never"
    """Another took its place before it began, or rules from the same moment on."""


@dataclass(frozen=True, slots=True)
class Past:
    """One version."""

    number: int
    begins_at: datetime | None
    """None: from the very beginning, whenever an order was placed."""
    made_at: datetime
    made_by: str
    stage: Stage
    changed: tuple[Said, ...]
    """Beside what ruled before it; empty: nothing, or it is the first."""
    is_first: bool
    as_version: int | None
    """The newest before it that said the same, as where that was restored."""
    is_like_live: bool
    """Whether restoring it would change nothing."""


def history(
    db: Connection, terms: StoreTerms, now: datetime, limit: int, *, below: int | None = None
) -> tuple[tuple[Past, ...], bool]:
    """The newest versions, or the newest below a number; and whether there are older ones."""
    rows = programs.newest_versions(db, terms.store.store_id, limit + 1, below=below)
    to_come = {one.version for one in scheduled(terms.versions, now)}
    past = tuple(_past(terms, row, to_come, now) for row in rows[:limit])
    return past, len(rows) > limit


def _past(terms: StoreTerms, row: Row[Any], to_come: set[int], now: datetime) -> Past:
    version, live = terms.version(row.version), in_force(terms.versions, now)
    earlier = [one for one in terms.versions if one.version < row.version]
    before = in_force(earlier, version.effective_from) if earlier else None
    return Past(
        number=row.version,
        begins_at=None if version.effective_from == BEGINNING else version.effective_from,
        made_at=row.applied_at,
        made_by=row.applied_by or _nobody(row.version),
        stage=_stage(terms, version, live, to_come, now),
        changed=() if before is None else tuple(what_changes(before.program, version.program)),
        is_first=before is None,
        as_version=None if before is None else _same_before(earlier, before, version),
        is_like_live=version.program == live.program,
    )


def _same_before(
    earlier: list[ProgramVersion], before: ProgramVersion, version: ProgramVersion
) -> int | None:
    if before.program == version.program:
        return None
    return max((one.version for one in earlier if one.program == version.program), default=None)


def _stage(
    terms: StoreTerms, version: ProgramVersion, live: ProgramVersion, to_come: set[int], now: datetime
) -> Stage:
    if version.version == live.version:
        return Stage.LIVE
    if version.version in to_come:
        return Stage.SCHEDULED
    rules_then = in_force(terms.versions, version.effective_from)
    if rules_then.version != version.version:
        return Stage.NEVER
    return Stage.SAME if version.effective_from > now else Stage.OVER


def _nobody(number: int) -> str:
    return _("Regulars, on connecting") if number == 1 else _("On the server, without a name")
