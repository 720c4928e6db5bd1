"""A large file of balances is looked through in portions that go on where the last one was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.db import tasks
from core.domain.stores import Store
from core.jobs.tasks import GONE, MOST_STARTS, work_on_tasks
from core.services.data_tasks import CHECK, told
from core.services.task_files import TaskFile
from tests.data_files import csv_of, file_of, task, upload
from tests.world import World

LINES = [f"gus{n}@example.com,{n}" for n in range(1, 1800)]
TWICE = [*LINES, "GUS7@example.com,1", "nobody,1", "gus1799@example.com,1"]
"""The last three are left out: two stand in lines far before, one is nobody's."""


class Died(BaseException):
    """The worker was killed."""


def not_yet_checked(world: World, store: Store, data: bytes, size: int = 262_144) -> int:
    """A file that came in whole, its check cut off at once by somebody; the task's id."""
    env = world.env
    ended = replace(world, env=replace(env, reach=_dies_at("balance_checks.kept", 1)))
    with pytest.raises(Died):
        upload(ended, store, data, size=size)
    world.wait(minutes=3)
    with world.database.read(store.store_id) as db:
        [row] = tasks.newest(db, store.store_id, "import_balances")
    return int(row.id)


def _dies_at(point: str, number: int) -> Any:
    left = [number]

    def reach(name: str) -> None:
        if name == point:
            left[0] -= 1
            if not left[0]:
                raise Died

    return reach


def hurried(world: World) -> World:
    """The same world, in which a minute passes each time somebody looks at the clock."""
    minutes = iter(range(10_000))
    now = world.now
    return replace(world, env=replace(world.env, now=lambda: now + timedelta(minutes=next(minutes))))


def outcome(world: World, store: Store, task_id: int) -> tuple[dict[str, Any], bytes, bytes]:
    """What the check came to: sums, lines to be booked, lines that are left out."""
    rows, problems = (file_of(world, store, task_id, which) for which in (TaskFile.ROWS, TaskFile.PROBLEMS))
    return told(task(world, store, task_id))["check"], rows, problems


@pytest.mark.parametrize("size", [100, 4096, 262_144])
def test_portions_come_to_what_one_look_does_wherever_a_worker_dies(world: World, size: int) -> None:
    birch = world.connect()
    data = csv_of(TWICE).replace(b"\n", b"\r\n")
    whole = outcome(world, birch, upload(world, birch, data))
    assert (whole[0]["good"], whole[0]["problems"]) == (1799, 3)
    assert b'1801,"It is of the same person as line 8, which counts; this one does not."' in whole[2]
    assert b'1803,"It is of the same person as line 1,800' in whole[2]

    task_id = not_yet_checked(world, birch, data, size)
    assert task(world, birch, task_id).done == 500
    ended = replace(world.env, reach=_dies_at("balance_checks.kept", 2))
    with pytest.raises(Died):
        work_on_tasks(ended, birch.store_id)
    assert task(world, birch, task_id).done == 1500, "it went on where the first was"
    world.wait(minutes=3)
    work_on_tasks(world.env, birch.store_id)
    assert outcome(world, birch, task_id) == whole
    for which in (TaskFile.MAIN, TaskFile.SEEN):
        assert file_of(world, birch, task_id, which) == b""


def test_a_portion_ends_in_time_and_says_how_far_it_is_in_few_bytes(world: World) -> None:
    birch = world.connect()
    whole = outcome(world, birch, upload(world, birch, csv_of(TWICE)))
    task_id = not_yet_checked(world, birch, csv_of(TWICE))
    quick, done = hurried(world), []
    while task(world, birch, task_id).state == "running":
        assert work_on_tasks(quick.env, birch.store_id) == 1
        row = task(world, birch, task_id)
        done.append(row.done)
        if row.state == "running":
            assert row.place.startswith(f"{CHECK}:")
            assert len(row.place) < 500
    assert done[:2] == [1000, 1500]
    assert outcome(world, birch, task_id) == whole


def test_a_file_that_ends_every_worker_is_given_up_and_said_so(world: World) -> None:
    birch = world.connect()
    task_id = not_yet_checked(world, birch, csv_of(f"gus{n}@example.com,1" for n in range(3000)))
    for _ in range(MOST_STARTS - 1):
        dying = replace(world.env, reach=_dies_at("balance_checks.kept", 1))
        with pytest.raises(Died):
            work_on_tasks(dying, birch.store_id)
        world.wait(minutes=3)
    work_on_tasks(world.env, birch.store_id)
    row = task(world, birch, task_id)
    assert (row.state, row.problem) == ("failed", GONE)
