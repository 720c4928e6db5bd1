"""What a file of balances would do, found out before anything is done: whom it knows, what it comes to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection

from core.db import balance_files, members
from core.db.members import Identity
from core.domain.balance_files import Line, Mode, Problem
from core.domain.people import email_key
from core.services.terms import Sealing

BATCH: Final = 500
"""Lines that are looked up, and later booked, together."""
PROBLEMS_MOST: Final = 100_000


@dataclass(slots=True)
class Checked:
    """What was found out so far."""

    mode: Mode
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
    seen: dict[bytes, int] = field(default_factory=dict)
    """On which line somebody stands, by a digest: a file may name a million."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that were looked up."""

    good: tuple[Line, ...]
    problems: tuple[Problem, ...]


def check_batches(
    db: Connection, store_id: int, told: Iterable[Line | Problem], checked: Checked, sealing: Sealing
) -> Iterator[Batch]:
    """Look up a file's lines batch by batch; `checked` counts along."""
    reader = iter(told)
    while batch := list(islice(reader, BATCH)):
        checked.lines += len(batch)
        lines = [one for one in batch if isinstance(one, Line)]
        found = recognised(db, store_id, lines, sealing)
        held = balance_files.spendable(db, store_id, set(found.values()))
        good, problems = [], [one for one in batch if isinstance(one, Problem)]
        for line in lines:
            twice = _stands_already(checked, line, found.get(line.number))
            if twice is not None:
                problems.append(twice)
                continue
            good.append(line)
            _count(checked, line, held.get(found.get(line.number, 0)))
        checked.problems += len(problems)
        yield Batch(tuple(good), tuple(sorted(problems, key=lambda one: one.number)))


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


def _stands_already(checked: Checked, line: Line, member_id: int | None) -> Problem | None:
    """A problem when somebody stands in the file twice: nobody can say which line is meant."""
    names = [f"member {member_id}"] if member_id is not None else []
    if line.customer_ref is not None:
        names += [f"ref {line.customer_ref}", *([f"guest {line.email}"] if line.email else [])]
        marks = [f"ref {line.customer_ref}", *names[:1], *([f"account {line.email}"] if line.email else [])]
    else:
        names += [f"guest {line.email}", f"account {line.email}"]
        marks = [f"guest {line.email}", *names[:1]]
    for name in names:
        first = checked.seen.get(_digest(name))
        if first is not None:
            sentence = f"It is of the same person as line {first:,}, which counts; this one does not."
            return Problem(line.number, sentence)
    checked.seen.update({_digest(mark): line.number for mark in marks})
    return None


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=10).digest()


def _count(checked: Checked, line: Line, held: int | None) -> None:
    moved = line.points if checked.mode is Mode.ADD else line.points - (held or 0)
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
