"""What a file of balances would do, found out before anything is done: whom it knows, what it comes to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from core.db import balance_files, members
from core.db.members import Identity
from core.domain.balance_files import Line, Mode, Problem
from core.domain.people import email_key
from core.domain.seen_lines import SeenLines
from core.services.terms import Sealing

BATCH: Final = 500
"""Lines that are looked up, and later booked, together."""
PROBLEMS_MOST: Final = 100_000


@dataclass(slots=True)
class Checked:
    """What was found out so far."""

    lines: int = 0
    good: int = 0
    new_members: int = 0
    unchanged: int = 0
    """Good lines that would move nothing: the balance is so already."""
    file_points: int = 0
    """Σ of the good lines as they are written."""
    moved_points: int = 0
    """Σ of what would be booked."""
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Checking:
    """A file that is looked through: whose, how its points are meant, and who stood in it so far."""

    store_id: int
    mode: Mode
    sealing: Sealing
    seen: SeenLines


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that were looked up."""

    good: tuple[Line, ...]
    problems: tuple[Problem, ...]
    seen: bytes
    """Who stands in them: see `SeenLines.add`."""


def check_batch(
    db: Connection, checking: Checking, told: Sequence[Line | Problem], checked: Checked
) -> Batch:
    """Look up lines that were read, `BATCH` at most; `checked` counts along."""
    checked.lines += len(told)
    lines = [one for one in told if isinstance(one, Line)]
    found = recognised(db, checking.store_id, lines, checking.sealing)
    held = balance_files.spendable(db, checking.store_id, set(found.values()))
    good, problems, seen = [], [one for one in told if isinstance(one, Problem)], []
    for line in lines:
        names, marks = _names(line, found.get(line.number))
        twice = _stands_already(checking.seen, line, names)
        if twice is not None:
            problems.append(twice)
            continue
        seen.append(checking.seen.add(marks, line.number))
        good.append(line)
        _count(checked, checking.mode, line, held.get(found.get(line.number, 0)))
    checked.problems += len(problems)
    return Batch(tuple(good), tuple(sorted(problems, key=lambda one: one.number)), b"".join(seen))


def recognised(db: Connection, store_id: int, lines: Sequence[Line], sealing: Sealing) -> dict[int, int]:
    """The members these lines are of, by the line's number; those that are nobody's yet are left out."""
    key = sealing.identity_key
    refs = {line.customer_ref for line in lines if line.customer_ref is not None}
    by_ref = members.ids_by_identity(db, store_id, [Identity(customer_ref=ref) for ref in refs])
    keys = {
        line.number: email_key(key, store_id, line.email)
        for line in lines
        if line.customer_ref is None and line.email is not None
    }
    by_email = balance_files.by_email_keys(db, store_id, set(keys.values()))
    found = {}
    for line in lines:
        member_id = (
            by_ref.get(Identity(customer_ref=line.customer_ref))
            if line.customer_ref is not None
            else by_email.get(keys[line.number])
        )
        if member_id is not None:
            found[line.number] = member_id
    return found


def _names(line: Line, member_id: int | None) -> tuple[list[str], list[str]]:
    """Names by which this line is of somebody who stood in the file before, and those it leaves behind."""
    names = [f"member {member_id}"] if member_id is not None else []
    if line.customer_ref is not None:
        marks = [f"ref {line.customer_ref}", *names, *([f"account {line.email}"] if line.email else [])]
        names += [f"ref {line.customer_ref}", *([f"guest {line.email}"] if line.email else [])]
    else:
        marks = [f"guest {line.email}", *names]
        names += [f"guest {line.email}", f"account {line.email}"]
    return names, marks


def _stands_already(seen: SeenLines, line: Line, names: Iterable[str]) -> Problem | None:
    """A problem when somebody stands in the file twice: nobody can say which line is meant."""
    for name in names:
        first = seen.line_of(name)
        if first is not None:
            sentence = f"It is of the same person as line {first:,}, which counts; this one does not."
            return Problem(line.number, sentence)
    return None


def _count(checked: Checked, mode: Mode, line: Line, held: int | None) -> None:
    moved = line.points if mode is Mode.ADD else line.points - (held or 0)
    checked.good += 1
    checked.new_members += held is None
    checked.file_points += line.points
    checked.moved_points += moved
    checked.unchanged += moved == 0


def as_bytes(lines: Iterable[Line]) -> bytes:
    """Lines as they are kept until they are booked."""
    return json.dumps(
        [
            [
                line.number,
                line.email,
                line.customer_ref,
                line.points,
                line.expires_at.isoformat() if line.expires_at else None,
            ]
            for line in lines
        ],
        ensure_ascii=False,
    ).encode()


def without_names(lines: Iterable[Line]) -> bytes:
    """What is kept of lines that are booked, so that they can be undone: whose they are the ledger knows."""
    return as_bytes(replace(line, email=None, customer_ref=None) for line in lines)


def from_bytes(kept: bytes) -> list[Line]:
    """The lines again."""
    rows: list[list[Any]] = json.loads(kept)
    return [
        Line(number, email, ref, points, datetime.fromisoformat(ends) if ends else None)
        for number, email, ref, points, ends in rows
    ]
