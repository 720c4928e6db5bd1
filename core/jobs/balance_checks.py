"""Looks through a file of balances, portion by portion, with as little memory for a million lines as for ten.

Each batch of lines is one transaction, which keeps what can be booked, what cannot, who stood in the file,
and how far it was read: whoever dies in between is followed from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Final

from sqlalchemy import Connection

from core.db import balance_files
from core.domain.balance_files import Mode, Problem, Reading, ReadTo, csv_line, read_balances
from core.domain.seen_lines import SeenLines
from core.jobs.tasks import TaskRun
from core.services.balance_checking import (
    BATCH,
    PROBLEMS_MOST,
    Batch,
    Checked,
    Checking,
    as_bytes,
    check_batch,
)
from core.services.data_tasks import CHECK, CHECKED
from core.services.task_files import KeptFile, TaskFile
from core.services.terms import Sealing

LASTS: Final = timedelta(seconds=30)
"""After this the next portion begins, with other work of the store's before it if there is any."""
_PROBLEMS_BYTES: Final = 16_384
"""The list of problems grows in parts of about this size: the first of them is shown on a page."""


@dataclass(slots=True)
class _Place:
    """How far the file was looked through, as it is kept between batches."""

    before: int
    """What all members together could spend when it was begun."""
    part: int = 0
    offset: int = 0
    """From which byte of which part it is to be read on."""
    rows: int = 0
    seen: int = 0
    problems: int = 0
    """How many parts of each file were made."""
    to: ReadTo = field(default_factory=ReadTo)
    checked: Checked = field(default_factory=Checked)

    def to_text(self) -> str:
        """For the column `place`."""
        return f"{CHECK}:{json.dumps(asdict(self))}"


def _read_place(text: str) -> _Place:
    told = json.loads(text.removeprefix(f"{CHECK}:"))
    return _Place(**told | {"to": ReadTo(**told["to"]), "checked": Checked(**told["checked"])})


class _Pieces:
    """What is left of the uploaded file, part by part, each read in a transaction of its own."""

    def __init__(self, run: TaskRun, place: _Place) -> None:
        self._run, self._part, self._offset = run, place.part, place.offset
        self._begin = 0

    def __iter__(self) -> Iterator[bytes]:
        file, database = _file(self._run, TaskFile.MAIN), self._run.env.database
        while True:
            with database.read(self._run.store.store_id) as db:
                data = file.part(db, self._part)
            if data is None:
                return
            piece = data[self._offset :]
            yield piece
            self._begin += len(piece)
            self._part, self._offset = self._part + 1, 0

    def place_of(self, end: int) -> tuple[int, int]:
        """(part, byte in it) of a place in the piece that was given last, counted through all pieces."""
        return self._part, self._offset + end - self._begin


def check_balances(run: TaskRun) -> None:
    """Look through the next lines until time is up. What can be booked is kept ready, in portions; what
    cannot, with why not. At the end it rests until somebody has looked at it. Raises Refused."""
    env, store = run.env, run.store
    place = _begin(run) if run.task.place == CHECK else _read_place(run.task.place)
    mode, pieces, ends_at = Mode(run.wish["mode"]), _Pieces(run, place), env.now() + LASTS
    checking = Checking(store.store_id, mode, Sealing(env.secrets), _seen_before(run, place))
    lines = read_balances(pieces, Reading(mode, store.zone, env.now()), place.to)
    while told := list(islice(lines, BATCH)):
        with env.database.read(store.store_id) as db:
            batch = check_batch(db, checking, told, place.checked)
        place.part, place.offset = pieces.place_of(place.to.end)
        _keep(run, place, batch)
        env.reach("balance_checks.kept")
        if env.now() >= ends_at:
            return
    _end(run, mode, place)


def _file(run: TaskRun, which: TaskFile) -> KeptFile:
    return KeptFile(run.store.store_id, run.task.id, which, run.env.secrets)


def _begin(run: TaskRun) -> _Place:
    with run.transaction() as db:
        for which in (TaskFile.ROWS, TaskFile.PROBLEMS, TaskFile.SEEN):
            _file(run, which).drop(db)
        return _Place(balance_files.total_spendable(db, run.store.store_id))


def _seen_before(run: TaskRun, place: _Place) -> SeenLines:
    """Who stood in the file by what earlier portions kept."""
    seen, file = SeenLines(), _file(run, TaskFile.SEEN)
    with run.env.database.read(run.store.store_id) as db:
        for part in islice(file.parts(db), place.seen):
            seen.add_kept(part)
    return seen


def _keep(run: TaskRun, place: _Place, batch: Batch) -> None:
    with run.transaction() as db:
        if batch.good:
            _file(run, TaskFile.ROWS).add(db, place.rows, as_bytes(batch.good))
            _file(run, TaskFile.SEEN).add(db, place.seen, batch.seen)
            place.rows += 1
            place.seen += 1
        listed = place.checked.problems - len(batch.problems)
        _keep_problems(run, db, place, batch.problems[: max(0, PROBLEMS_MOST - listed)])
        run.advance(db, place.checked.lines, place=place.to_text())


def _keep_problems(run: TaskRun, db: Connection, place: _Place, problems: Sequence[Problem]) -> None:
    """More lines for the list; of a file that is nothing but problems it need not have them all."""
    told = b"".join(csv_line((problem.number, problem.sentence)).encode() for problem in problems)
    file, last = _file(run, TaskFile.PROBLEMS), place.problems - 1
    if last < 0:
        told = csv_line(("line", "problem")).encode() + told
    if not told:
        return
    held = file.part(db, last) if last >= 0 else None
    if held is not None and len(held) < _PROBLEMS_BYTES:
        file.replace(db, last, held + told)
    else:
        file.add(db, place.problems, told)
        place.problems += 1


def _end(run: TaskRun, mode: Mode, place: _Place) -> None:
    checked = place.checked
    check = {"mode": mode, **asdict(checked), "before": place.before, "can_go_on": checked.good > 0}
    with run.transaction() as db:
        for which in (TaskFile.MAIN, TaskFile.SEEN):
            _file(run, which).drop(db)
        run.advance(db, checked.lines, place=CHECKED, total=checked.lines)
        run.wait(db, {"check": check})
