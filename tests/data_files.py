"""Files that are uploaded and downloaded, without a browser."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from core.db import tasks
from core.db.takeouts import KINDS
from core.domain.staff import operator
from core.domain.stores import Store
from core.domain.takeout import Ids, NewIds, moved_key
from core.jobs.tasks import work_on_tasks
from core.services.auditing import CHECKS
from core.services.data_tasks import (
    BALANCES,
    IMPORT,
    Uploaded,
    ask_export,
    begin_upload,
    confirm,
    end_upload,
    told,
)
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


def confirmed(world: World, store: Store, task_id: int, typed_name: str = "", **chosen: Any) -> None:
    """Somebody confirms it, and it is done."""
    with world.database.write(store.store_id) as db:
        confirm(db, store, task_id, typed_name, operator(), world.now, chosen=chosen)
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


def file_of(world: World, store: Store, task_id: int, which: TaskFile) -> bytes:
    """One file of a piece of work, whole."""
    with world.database.read(store.store_id) as db:
        return b"".join(KeptFile(store.store_id, task_id, which, world.env.secrets).parts(db))


def exported(world: World, store: Store) -> bytes:
    """Everything of a store, as its page makes it."""
    with world.database.write(store.store_id) as db:
        task_id = ask_export(db, store, operator(), world.now)
    work_on_tasks(world.env, store.store_id)
    row = task(world, store, task_id)
    assert row.state == "done", row.problem
    with world.database.read(store.store_id) as db:
        file = KeptFile(store.store_id, task_id, TaskFile.MAIN, world.env.secrets)
        return b"".join(file.parts(db))


def taken_in(world: World, store: Store, file: bytes, *, is_same_store: bool = True) -> dict[str, Any]:
    """A file is taken into an empty store; what came of it."""
    task_id = upload(world, store, file, IMPORT)
    assert task(world, store, task_id).state == "paused", task(world, store, task_id).problem
    confirmed(world, store, task_id, is_same_store=is_same_store)
    return result(world, store, task_id)


def without_ids(file: bytes) -> list[dict[str, Any]]:
    """The lines of an export with ids counted from 1, and without what changes with its place."""
    lines, counted = as_objects(file), {ids: NewIds() for ids in Ids}
    named = {kind.name: kind for kind in KINDS}
    for line in lines:
        kind = named.get(line["type"])
        if kind is not None and kind.ids is not None:
            counted[kind.ids].add(line["id"], len(counted[kind.ids]) + 1)
    for line in lines:
        kind = named.get(line["type"])
        if kind is None:
            for name in ("name", "url", "exported_at", "sha256"):
                line.pop(name, None)
            continue
        if kind.ids is not None:
            line["id"] = counted[kind.ids][line["id"]]
        for name, ids in kind.names.items():
            line[name] = None if line[name] is None else counted[ids][line[name]]
        if kind.key is not None:
            moved = moved_key(line[kind.key], counted, is_same_store=True)
            line[kind.key] = re.sub(r"^(moved:\d+:)+", "", moved)
    return lines


def as_objects(file: bytes) -> list[dict[str, Any]]:
    """The lines of an export."""
    return [json.loads(line) for line in file.splitlines()]
