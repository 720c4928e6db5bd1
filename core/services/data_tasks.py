"""Taking data out of a store and in: asked for, uploaded, looked at, confirmed, undone.

An upload waits, paused, until its file is whole; then it is read and checked, and waits again for somebody to
confirm what it would do. Nothing is booked before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import tasks
from core.domain.errors import Refused
from core.domain.staff import Who
from core.domain.stores import Store
from core.services.noting import note_change
from core.services.tasking import ask_task

EXPORT: Final = "export_store"
IMPORT: Final = "import_store"
BALANCES: Final = "import_balances"
UNDO: Final = "undo_balances"
KINDS: Final = (EXPORT, IMPORT, BALANCES, UNDO)

UPLOADING: Final = "upload"
CHECK: Final = "check"
CHECKED: Final = "checked"
APPLY: Final = "apply"
"""Where such work is, in the column `place`; what comes behind APPLY is the next portion's number, and behind
CHECK how far the file was read."""

EXPORT_KEPT: Final = timedelta(days=7)
UPLOAD_KEPT: Final = timedelta(days=30)
"""As long as it can be undone."""
MOST_BYTES: Final = 200_000_000
"""The largest file that is taken over the web; the command line knows no limit."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that came in whole."""

    sha256: str
    size: int
    lines: int


def begin_upload(
    db: Connection, store_id: int, kind: str, wish: Mapping[str, Any], who: Who, now: datetime
) -> int:
    """A place for the parts of a file; the task's id."""
    task_id = ask_task(db, store_id, kind, wish, who, now, state="paused")
    tasks.change(db, store_id, task_id, place=UPLOADING)
    return task_id


def end_upload(
    db: Connection, store: Store, task_id: int, uploaded: Uploaded, who: Who, now: datetime
) -> None:
    """The file is whole: have it checked. Ring TASKS after the commit."""
    row = the_task(db, store.store_id, task_id)
    wish = json.loads(row.wish) | {"sha256": uploaded.sha256, "bytes": uploaded.size}
    # What a file is called may name somebody, and the history outlives whoever is forgotten.
    noted = {key: value for key, value in wish.items() if key != "file_name"}
    told = {"wish": json.dumps(wish, ensure_ascii=False), "place": CHECK, "total": uploaded.lines}
    tasks.take_up(db, store.store_id, task_id, ["paused"], now, **told)
    note_change(db, store.store_id, who, "data.uploaded", f"{row.kind} {task_id}", now, after=noted)


def the_task(db: Connection, store_id: int, task_id: int) -> Row[Any]:
    """One of these pieces of work. Raises Refused."""
    row = tasks.by_id(db, store_id, task_id)
    if row is None or row.kind not in KINDS:
        raise Refused("There is no such work in this store.")
    return row


def ask_export(db: Connection, store: Store, who: Who, now: datetime) -> int:
    """Have everything of a store put into one file; the task's id. Raises Refused while one is being made."""
    if tasks.is_under_way(db, store.store_id, EXPORT):
        raise Refused("An export is being made already. Wait for it, or stop it.")
    task_id = ask_task(db, store.store_id, EXPORT, {}, who, now)
    note_change(db, store.store_id, who, "data.export_asked", f"{EXPORT} {task_id}", now)
    return task_id


def twin_of(rows: list[Row[Any]], row: Row[Any]) -> Row[Any] | None:
    """The last file of balances that is byte for byte the same and was booked, and not undone."""
    sha256 = json.loads(row.wish).get("sha256")
    for other in rows:
        is_booked = (other.place or "").startswith(APPLY) and other.state != "stopped"
        if other.id == row.id or other.kind != BALANCES or not is_booked:
            continue
        if json.loads(other.wish).get("sha256") == sha256 and not told(other).get("undone_by"):
            return other
    return None


def is_being_checked(row: Row[Any]) -> bool:
    """Whether the file of a piece of work is looked through now."""
    return row.state == "running" and (row.place or "").partition(":")[0] == CHECK


def told(row: Row[Any]) -> dict[str, Any]:
    """What came of a piece of work so far."""
    result: dict[str, Any] = json.loads(row.result) if row.result else {}
    return result


def confirm(
    db: Connection,
    store: Store,
    task_id: int,
    typed_name: str,
    who: Who,
    now: datetime,
    *,
    chosen: Mapping[str, Any] | None = None,
) -> None:
    """Have what was checked be done. Ring TASKS after the commit. Once more is as good as once.

    `chosen`: how it is to be done, where that was left open. Raises Refused when it was not checked, and for
    a file that was booked before unless the store's name is typed.
    """
    row = the_task(db, store.store_id, task_id)
    rows = tasks.lock_all(db, store.store_id, row.kind)
    row = next(one for one in rows if one.id == task_id)
    if (row.place or "").startswith(APPLY):
        return
    if row.state != "paused" or row.place != CHECKED:
        raise Refused("It was not checked yet, or it was left. Upload the file again.")
    check = told(row)["check"]
    if not check.get("can_go_on", True):
        raise Refused("There is nothing in this file that can be done.")
    if row.kind == BALANCES and twin_of(rows, row) is not None and typed_name.strip() != store.name:
        raise Refused(
            f"Exactly this file was booked already. To book it once more, type the store's name: {store.name}"
        )
    wish = json.dumps(json.loads(row.wish) | dict(chosen or {}), ensure_ascii=False)
    going_on = {"place": f"{APPLY}:0", "done": 0, "total": check.get("good"), "wish": wish}
    tasks.take_up(db, store.store_id, task_id, ["paused"], now, **going_on)
    note_change(db, store.store_id, who, "data.confirmed", f"{row.kind} {task_id}", now, after=_brief(check))


def _brief(check: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in check.items() if isinstance(value, int | str)}


def leave(db: Connection, store: Store, task_id: int, who: Who, now: datetime) -> None:
    """Stop it and drop its files; of what was booked already nothing changes. Raises Refused."""
    row = the_task(db, store.store_id, task_id)
    if not tasks.end(db, store.store_id, task_id, "stopped", now):
        raise Refused("It has ended already.")
    if not (row.place or "").startswith(APPLY):
        tasks.drop_parts(db, store.store_id, task_id)
    note_change(db, store.store_id, who, "data.left", f"{row.kind} {task_id}", now)


def go_on(db: Connection, store: Store, task_id: int, who: Who, now: datetime) -> None:
    """Have what failed or was stopped half-way go on where it was. Raises Refused."""
    tasks.lock_all(db, store.store_id, BALANCES, UNDO)
    row = the_task(db, store.store_id, task_id)
    can = row.kind in {BALANCES, UNDO} and (row.place or "").startswith(APPLY) and is_kept(row, now)
    undone = bool(told(row).get("undone_by"))
    if not can or undone or not tasks.take_up(db, store.store_id, task_id, ["failed", "stopped"], now):
        raise Refused("It cannot go on.")
    note_change(db, store.store_id, who, "data.went_on", f"{row.kind} {task_id}", now)


def is_kept(row: Row[Any], now: datetime) -> bool:
    """Whether its files are there still."""
    kept = EXPORT_KEPT if row.kind == EXPORT else UPLOAD_KEPT
    return bool(row.asked_at > now - kept)


def can_be_undone(row: Row[Any], now: datetime) -> bool:
    """Whether a file of balances was booked, at least in part, and can be taken back."""
    is_booked = (row.place or "").startswith(APPLY) and row.state in {"done", "failed", "stopped"}
    return row.kind == BALANCES and is_booked and is_kept(row, now) and not told(row).get("undone_by")


def ask_undo(db: Connection, store: Store, task_id: int, who: Who, now: datetime) -> int:
    """Have a file of balances undone; the task's id. Raises Refused."""
    rows = tasks.lock_all(db, store.store_id, BALANCES)
    row = next((one for one in rows if one.id == task_id), None)
    if row is None or not can_be_undone(row, now):
        raise Refused("Only what was booked in the last 30 days can be undone, and once.")
    booked = told(row).get("booked", {})
    undo_id = ask_task(db, store.store_id, UNDO, {"of": task_id}, who, now, total=booked.get("lines"))
    tasks.change(db, store.store_id, undo_id, place=f"{APPLY}:0")
    after = json.dumps(told(row) | {"undone_by": undo_id}, ensure_ascii=False)
    tasks.change(db, store.store_id, task_id, result=after)
    note_change(db, store.store_id, who, "data.undone", f"{BALANCES} {task_id}", now, before=booked)
    return undo_id


def drop_old_files(db: Connection, store_id: int, now: datetime, limit: int) -> int:
    """Delete files that were kept long enough; of how many pieces of work. Uploads left lying are stopped."""
    old = tasks.with_old_parts(db, store_id, [EXPORT], now - EXPORT_KEPT, limit)
    needed = _needed(tasks.lock_all(db, store_id, IMPORT, BALANCES, UNDO), now)
    uploads = tasks.with_old_parts(db, store_id, [IMPORT, BALANCES, UNDO], now - UPLOAD_KEPT, limit)
    old += [task_id for task_id in uploads if task_id not in needed]
    for task_id in old:
        tasks.end(db, store_id, task_id, "stopped", now)
        tasks.drop_parts(db, store_id, task_id)
    return len(old)


def _needed(rows: list[Row[Any]], now: datetime) -> set[int]:
    """Work whose files must stay: booked or undone at this moment, or undone half-way."""
    going_on = {row.id for row in rows if row.state == "running" and (row.place or "").startswith(APPLY)}
    undoing = [row for row in rows if row.kind == UNDO and (row.id in going_on or _can_go_on(row, now))]
    return going_on | {int(json.loads(row.wish)["of"]) for row in undoing}


def _can_go_on(row: Row[Any], now: datetime) -> bool:
    is_half_way = (row.place or "").startswith(APPLY) and row.state in {"failed", "stopped"}
    return is_half_way and is_kept(row, now)
