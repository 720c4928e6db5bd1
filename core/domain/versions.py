"""Which program version an order belongs to: the one in force when it was placed, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.errors import Refused
from core.domain.program import Program

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a store's first program takes effect: before any order it may ever show us."""


@dataclass(frozen=True, slots=True)
class ProgramVersion:
    """An immutable version of a store's program."""

    version: int
    effective_from: datetime
    program: Program


def in_force(versions: Sequence[ProgramVersion], at: datetime) -> ProgramVersion:
    """The version in force at a moment: the latest beginning not after it, then the highest number.

    A moment before the first version falls to the first.
    """
    started = [version for version in versions if version.effective_from <= at]
    if not started:
        return min(versions, key=lambda version: version.version)
    return max(started, key=lambda version: (version.effective_from, version.version))


def scheduled(versions: Sequence[ProgramVersion], now: datetime) -> list[ProgramVersion]:
    """The versions that will begin to rule and change something then, the soonest first."""
    beginnings = sorted({one.effective_from for one in versions if one.effective_from > now})
    before, found = in_force(versions, now), []
    for begins in beginnings:
        rules = in_force(versions, begins)
        if rules.program != before.program:
            found.append(rules)
        before = rules
    return found


def shortens(versions: Sequence[ProgramVersion], program: Program, now: datetime) -> bool:
    """Whether points may end sooner under a program than under one that rules now or will."""
    ruling = [in_force(versions, now), *scheduled(versions, now)]
    return any(program.expiry.is_shorter_than(one.program.expiry) for one in ruling)


def replaced_by(versions: Sequence[ProgramVersion], effective_from: datetime, now: datetime) -> set[int]:
    """The numbers of versions that would lose some of their past to one beginning at `effective_from`."""
    replaced = {in_force(versions, effective_from).version}
    replaced |= {version.version for version in versions if effective_from <= version.effective_from <= now}
    return replaced


def refuse_rewriting_history(
    versions: Sequence[ProgramVersion], effective_from: datetime, now: datetime, settled_under: set[int]
) -> None:
    """Raise Refused when orders were settled under a version whose past the new one would replace."""
    if effective_from >= now:
        return
    touched = sorted(replaced_by(versions, effective_from, now) & settled_under)
    if touched:
        named = ", ".join(str(number) for number in touched)
        raise Refused(
            f"Orders were settled under program version {named} already, and what was earned is not "
            "re-priced: leave --from out to start now, or give a moment to come."
        )
