"""Files that are uploaded and downloaded, without a browser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from core.db import tasks
from core.domain.staff import operator
from core.domain.stores import Store
from core.jobs.tasks import work_on_tasks
from core.services.auditing import CHECKS
from core.services.data_tasks import BALANCES, Uploaded, begin_upload, confirm, end_upload, told
from core.services.task_files import KeptFile, TaskFile, in_parts
from tests.world import World


def upload(
    world: World, store: Store, data: bytes, kind: str = BALANCES, size: int = 262_144, **wish: Any
) -> int:
    """A file comes in and is checked; the task's id."""
    now, lines = world.now, data.count(b"\n")
    with world.database.write(store.store_id) as db:
        told_wish = {"mode": "add", **wish} if kind == BALANCES else wish
        task_id = begin_upload(db, store.store_id, kind, told_wish, operator(), now)
        file = KeptFile(store.store_id, task_id, TaskFile.MAIN, world.env.secrets)
        for number, part in enumerate(in_parts([data], size)):
            file.add(db, number, part)
        digest = hashlib.sha256(data).hexdigest()
        end_upload(db, store, task_id, Uploaded(digest, len(data), lines), operator(), now)
    work_on_tasks(world.env, store.store_id)
    return task_id


def confirmed(world: World, store: Store, task_id: int, typed_name: str = "") -> None:
    """Somebody confirms it, and it is done."""
    with world.database.write(store.store_id) as db:
        confirm(db, store, task_id, typed_name, operator(), world.now)
    work_on_tasks(world.env, store.store_id)


def task(world: World, store: Store, task_id: int) -> Any:
    """Its row."""
    with world.database.read(store.store_id) as db:
        row = tasks.by_id(db, store.store_id, task_id)
    assert row is not None
    return row


def result(world: World, store: Store, task_id: int) -> dict[str, Any]:
    """What came of it; it went well."""
    row = task(world, store, task_id)
    assert row.state in {"paused", "done"}, row.problem
    return told(row)


def differences(world: World, store: Store) -> list[str]:
    """What does not add up in a store."""
    found = []
    with world.database.read_still(store.store_id) as db:
        for check in CHECKS:
            after: Any = check.begin
            while after is not None:
                portion = check.run(db, store.store_id, after)
                found += [one.sentence for one in portion.differences]
                after = portion.after
    return found


def csv_of(lines: Iterable[str], header: str = "email,points") -> bytes:
    """A file of these lines."""
    return "\n".join([header, *lines, ""]).encode()


def as_objects(file: bytes) -> list[dict[str, Any]]:
    """The lines of an export."""
    return [json.loads(line) for line in file.splitlines()]
