"""Files of balances: checked as a whole, booked and undone portion by portion."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row

from core.db import balance_files, tasks
from core.domain.balance_files import Mode
from core.domain.errors import Refused
from core.jobs.balance_checks import check_balances
from core.jobs.tasks import TaskRun
from core.services.balance_booking import Booking, book
from core.services.balance_checking import from_bytes, without_names
from core.services.balance_undoing import undo
from core.services.data_tasks import APPLY, told
from core.services.task_files import KeptFile, TaskFile
from core.services.terms import Sealing


def import_balances(run: TaskRun) -> None:
    """Check the next portion of the file, or book it."""
    if (run.task.place or "").startswith(APPLY):
        _book(run)
    else:
        check_balances(run)


def _file(run: TaskRun, which: TaskFile) -> KeptFile:
    return KeptFile(run.store.store_id, run.task.id, which, run.env.secrets)


def _book(run: TaskRun) -> None:
    store_id, task_id = run.store.store_id, run.task.id
    number = _portion_number(run.task)
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
    store_id, number, of = run.store.store_id, _portion_number(run.task), int(run.wish["of"])
    with run.transaction() as db:
        kept = KeptFile(store_id, of, TaskFile.ROWS, run.env.secrets).part(db, number)
        result = told(run.task)
        if kept is None:
            _check_undone(db, run, number)
            after = balance_files.total_spendable(db, store_id)
            run.finish(db, result | {"after": after})
            return
        numbers = [line.number for line in from_bytes(kept)]
        undone = undo(db, run.store, of, numbers, run.env.now())
        so_far = result.get("undone", {"lines": 0, "points": 0, "lost_points": 0})
        so_far = {name: so_far[name] + getattr(undone, name) for name in so_far}
        run.advance(db, so_far["lines"], place=f"{APPLY}:{number + 1}")
        _keep_result(run, db, {"undone": so_far})


def _check_undone(db: Connection, run: TaskRun, portions: int) -> None:
    """That as many points were taken back as were booked. Raises Refused, so that somebody has a look.

    `portions`: how many of the file's there were to undo.
    """
    booking = tasks.by_id(db, run.store.store_id, int(run.wish["of"]))
    booked = 0 if booking is None else told(booking).get("booked", {}).get("points", 0)
    undone = told(run.task).get("undone", {}).get("points", 0)
    if booked == undone:
        return
    # Where a booking is says how many of its portions were booked.
    are_lines_gone = booking is not None and portions < _portion_number(booking)
    why = (
        "the list of the file's lines is no longer whole"
        if are_lines_gone
        else "the ledger does not hold them as they were booked"
    )
    raise Refused(
        f"The file booked {booked:,} points, and {undone:,} of them were taken back. The others are still "
        f"there: {why}. Compare the members with your file, and adjust what is left by hand."
    )


def _portion_number(task: Row[Any]) -> int:
    """Which of its portions is the next one to be booked, or undone."""
    return int((task.place or "").partition(":")[2] or 0)


def _keep_result(run: TaskRun, db: Connection, result: dict[str, Any]) -> None:
    told_so_far = json.dumps(result, ensure_ascii=False, default=str)
    tasks.change(db, run.store.store_id, run.task.id, result=told_so_far)
