"""Files of balances: checked as a whole, booked and undone portion by portion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection

from core.db import balance_files, tasks
from core.domain.balance_files import Mode, Problem, Reading, csv_line, read_balances
from core.jobs.tasks import TaskRun
from core.services.balance_booking import Booking, book
from core.services.balance_checking import (
    PROBLEMS_MOST,
    Batch,
    Checked,
    as_bytes,
    check_batches,
    from_bytes,
    without_names,
)
from core.services.balance_undoing import undo
from core.services.data_tasks import APPLY, CHECKED, told
from core.services.task_files import KeptFile, TaskFile, in_parts
from core.services.terms import Sealing


def import_balances(run: TaskRun) -> None:
    """Check the whole file, or book the next portion of it."""
    if (run.task.place or "").startswith(APPLY):
        _book(run)
    else:
        _check(run)


def _check(run: TaskRun) -> None:
    """Read all of it. What can be booked is kept ready, in portions; what cannot, with why not."""
    store_id, mode = run.store.store_id, Mode(run.wish["mode"])
    with run.transaction() as db:
        for which in (TaskFile.ROWS, TaskFile.PROBLEMS):
            _file(run, which).drop(db)
    checked, problems = Checked(mode), _Problems()
    with run.env.database.read(store_id) as reading:
        before = balance_files.total_spendable(reading, store_id)
        lines = read_balances(
            _file(run, TaskFile.MAIN).parts(reading),
            Reading(mode, run.store.zone, run.env.now()),
        )
        portions = 0
        for batch in check_batches(reading, store_id, lines, checked, Sealing(run.env.secrets)):
            _keep_batch(run, batch, portions, checked.lines)
            problems.keep(batch.problems)
            portions += bool(batch.good)
    check = {
        "mode": mode,
        "lines": checked.lines,
        "good": checked.good,
        "problems": checked.problems,
        "new_members": checked.new_members,
        "unchanged": checked.unchanged,
        "file_points": checked.file_points,
        "moved_points": checked.moved_points,
        "before": before,
        "can_go_on": checked.good > 0,
    }
    with run.transaction() as db:
        for number, data in enumerate(in_parts(problems.pieces())):
            _file(run, TaskFile.PROBLEMS).add(db, number, data)
        _file(run, TaskFile.MAIN).drop(db)
        run.advance(db, checked.lines, place=CHECKED, total=checked.lines)
        wait_for_confirmation(run, db, check)


def _file(run: TaskRun, which: TaskFile) -> KeptFile:
    return KeptFile(run.store.store_id, run.task.id, which, run.env.secrets)


def wait_for_confirmation(run: TaskRun, db: Connection, check: dict[str, Any]) -> None:
    """Rest until somebody has looked at what it would do."""
    result = json.dumps({"check": check}, ensure_ascii=False, default=str)
    tasks.change(db, run.store.store_id, run.task.id, state="paused", token=None, result=result)


def _keep_batch(run: TaskRun, batch: Batch, portions: int, seen: int) -> None:
    with run.transaction() as db:
        if batch.good:
            _file(run, TaskFile.ROWS).add(db, portions, as_bytes(batch.good))
        run.advance(db, seen)


class _Problems:
    """The file of problems, as far as it is."""

    def __init__(self) -> None:
        self._lines = [csv_line(("line", "problem"))]

    def keep(self, problems: Iterable[Problem]) -> None:
        """More lines for it; a file that is nothing but problems need not have them all."""
        for problem in problems:
            if len(self._lines) <= PROBLEMS_MOST:
                self._lines.append(csv_line((problem.number, problem.sentence)))

    def pieces(self) -> Iterator[bytes]:
        return (line.encode() for line in self._lines)


def _book(run: TaskRun) -> None:
    store_id, task_id = run.store.store_id, run.task.id
    number = _portion_number(run)
    with run.transaction() as db:
        kept = _file(run, TaskFile.ROWS).part(db, number)
        result = told(run.task)
        if kept is None:
            after = balance_files.total_spendable(db, store_id)
            run.finish(db, result | {"after": after})
            return
        lines = from_bytes(kept)
        mode = Mode(run.wish["mode"])
        booking = Booking(run.store, task_id, mode, Sealing(run.env.secrets), run.env.now())
        booked = book(db, booking, lines)
        _file(run, TaskFile.ROWS).replace(db, number, without_names(lines))
        so_far = result.get("booked", {"lines": 0, "points": 0, "file_points": 0, "new_members": 0})
        so_far = {name: so_far[name] + getattr(booked, name) for name in so_far}
        run.advance(db, so_far["lines"], place=f"{APPLY}:{number + 1}")
        _keep_result(run, db, result | {"booked": so_far})


def undo_balances(run: TaskRun) -> None:
    """Undo the next portion of a file that was booked."""
    store_id, number, of = run.store.store_id, _portion_number(run), int(run.wish["of"])
    with run.transaction() as db:
        kept = KeptFile(store_id, of, TaskFile.ROWS, run.env.secrets).part(db, number)
        result = told(run.task)
        if kept is None:
            after = balance_files.total_spendable(db, store_id)
            run.finish(db, result | {"after": after})
            return
        numbers = [line.number for line in from_bytes(kept)]
        undone = undo(db, run.store, of, numbers, run.env.now())
        so_far = result.get("undone", {"lines": 0, "points": 0, "lost_points": 0})
        so_far = {name: so_far[name] + getattr(undone, name) for name in so_far}
        run.advance(db, so_far["lines"], place=f"{APPLY}:{number + 1}")
        _keep_result(run, db, {"undone": so_far})


def _portion_number(run: TaskRun) -> int:
    return int((run.task.place or "").partition(":")[2] or 0)


def _keep_result(run: TaskRun, db: Connection, result: dict[str, Any]) -> None:
    told_so_far = json.dumps(result, ensure_ascii=False, default=str)
    tasks.change(db, run.store.store_id, run.task.id, result=told_so_far)
