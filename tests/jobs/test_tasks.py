"""Long work: portion by portion, each exactly once, whatever happens to the worker; it can rest and stop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from core.db import tasks
from core.domain.errors import PlatformUnavailable, Refused
from core.domain.staff import operator
from core.domain.stores import Store
from core.jobs import task_kinds
from core.jobs.tasks import GONE, MOST_STARTS, PAUSES, NotYet, TaskRun, work_on_tasks
from core.services.tasking import ask_task, seen_task
from tests.world import World

OF = 5


class Died(BaseException):
    """The worker was killed."""


@dataclass
class Counting:
    """A kind of work that counts to five."""

    counted: list[int] = field(default_factory=list)
    """What was counted and committed."""
    after: dict[int, Callable[[], None]] = field(default_factory=dict)
    """What happens once a number was counted."""

    def step(self, run: TaskRun) -> None:
        number = int(run.task.place or 0) + 1
        with run.transaction() as db:
            run.env.reach(f"counted {number}")
            if number == OF:
                run.finish(db, {"counted": number})
            run.advance(db, number, place=str(number))
        self.counted.append(number)
        self.after.pop(number, lambda: None)()


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    monkeypatch.setattr(task_kinds, "STEPS", {"count": made.step})
    return made


def ask(world: World, store: Store) -> int:
    with world.database.write(store.store_id) as db:
        return ask_task(db, store.store_id, "count", {}, operator(), world.now, total=OF)


def row_of(world: World, store: Store, task_id: int) -> Row[Any]:
    with world.database.read(store.store_id) as db:
        row = tasks.by_id(db, store.store_id, task_id)
    assert row is not None
    return row


def failing(world: World, at: str, error: BaseException) -> World:
    """The same world, in which the first to come to this point meets an error."""
    left = [error]

    def reach(name: str) -> None:
        if name == at and left:
            raise left.pop()

    return replace(world, env=replace(world.env, reach=reach))


def test_work_is_done_to_its_end_and_says_what_came_of_it(world: World, counting: Counting) -> None:
    birch = world.connect()
    task_id = ask(world, birch)
    assert work_on_tasks(world.env, birch.store_id) == OF
    assert counting.counted == [1, 2, 3, 4, 5]
    seen = seen_task(row_of(world, birch, task_id), world.now)
    assert (seen.state, seen.done, seen.result) == ("done", OF, {"counted": OF})
    assert work_on_tasks(world.env, birch.store_id) == 0


def test_a_worker_that_dies_leaves_its_portion_to_the_next_one(world: World, counting: Counting) -> None:
    birch = world.connect()
    ask(world, birch)
    dying = failing(world, "counted 3", Died())
    with pytest.raises(Died):
        work_on_tasks(dying.env, birch.store_id)
    assert work_on_tasks(world.env, birch.store_id) == 0, "it is the dead worker's still"
    world.wait(minutes=3)
    work_on_tasks(world.env, birch.store_id)
    assert counting.counted == [1, 2, 3, 4, 5]


def test_what_passes_is_waited_for_and_what_does_not_ends_the_work(world: World, counting: Counting) -> None:
    birch = world.connect()
    first = ask(world, birch)
    work_on_tasks(failing(world, "counted 2", PlatformUnavailable("The store is down.")).env, birch.store_id)
    assert row_of(world, birch, first).problem == "The store is down."
    world.wait(seconds=PAUSES[0].total_seconds())
    work_on_tasks(world.env, birch.store_id)
    assert row_of(world, birch, first).state == "done"

    for error in (Refused("It cannot be done."), ValueError("a mistake of ours")):
        task_id = ask(world, birch)
        work_on_tasks(failing(world, "counted 2", error).env, birch.store_id)
        row = row_of(world, birch, task_id)
        assert (row.state, row.done) == ("failed", 1)
        assert row.problem in {
            "It cannot be done.",
            "Something went wrong in Regulars; the log of the worker says what.",
        }
    assert counting.counted == [1, 2, 3, 4, 5, 1, 1]


@pytest.mark.parametrize("state", ["stopped", "paused"])
def test_work_that_was_stopped_or_rests_goes_no_further(world: World, counting: Counting, state: str) -> None:
    birch = world.connect()
    task_id = ask(world, birch)
    counting.after[2] = lambda: end(world, birch, task_id, state)
    work_on_tasks(world.env, birch.store_id)
    assert row_of(world, birch, task_id).state == state
    assert counting.counted == [1, 2]
    if state == "paused":
        end(world, birch, task_id, "running")
        work_on_tasks(world.env, birch.store_id)
        assert counting.counted == [1, 2, 3, 4, 5]


def end(world: World, store: Store, task_id: int, state: str) -> None:
    """Somebody presses a button."""
    with world.database.write(store.store_id) as db:
        assert tasks.end(db, store.store_id, task_id, state, world.now)


def test_only_what_keeps_failing_has_failed(world: World, counting: Counting) -> None:
    birch = world.connect()
    task_id = ask(world, birch)
    for pause in PAUSES:
        assert row_of(world, birch, task_id).state == "running"
        work_on_tasks(
            failing(world, "counted 1", PlatformUnavailable("The store is down.")).env, birch.store_id
        )
        world.wait(seconds=pause.total_seconds())
    work_on_tasks(failing(world, "counted 1", PlatformUnavailable("The store is down.")).env, birch.store_id)
    assert row_of(world, birch, task_id).state == "failed"


def killed(world: World, store: Store, at: str) -> None:
    """A worker takes the work up and is gone; so much time passes that another one may."""
    with pytest.raises(Died):
        work_on_tasks(failing(world, at, Died()).env, store.store_id)
    world.wait(minutes=3)


def test_work_that_ends_every_worker_is_given_up_and_says_what_to_do(
    world: World, counting: Counting
) -> None:
    birch = world.connect()
    task_id = ask(world, birch)
    for _ in range(MOST_STARTS):
        killed(world, birch, "counted 1")
        assert row_of(world, birch, task_id).state == "running"
    assert work_on_tasks(world.env, birch.store_id) == 1
    row = row_of(world, birch, task_id)
    assert (row.state, row.problem, row.done) == ("failed", GONE, 0)
    assert counting.counted == []

    with world.database.write(birch.store_id) as db:
        assert tasks.take_up(db, birch.store_id, task_id, ["failed"], world.now)
    work_on_tasks(world.env, birch.store_id)
    assert row_of(world, birch, task_id).state == "done", "begun by hand it counts from the beginning"


@pytest.mark.parametrize("between", ["a portion", "a rest", "a wait"])
def test_only_starts_in_a_row_count_against_work(world: World, counting: Counting, between: str) -> None:
    birch = world.connect()
    task_id = ask(world, birch)
    for _ in range(MOST_STARTS - 1):
        killed(world, birch, "counted 1")
    endings: dict[str, tuple[str, BaseException]] = {
        "a portion": ("counted 2", Died()),
        "a rest": ("counted 1", PlatformUnavailable("The store is down.")),
        "a wait": ("counted 1", NotYet(world.now + timedelta(minutes=2))),
    }
    at, ending = endings[between]
    with suppress(Died):
        work_on_tasks(failing(world, at, ending).env, birch.store_id)
    world.wait(minutes=3)
    number = len(counting.counted) + 1
    for _ in range(MOST_STARTS - 2):
        killed(world, birch, f"counted {number}")
    work_on_tasks(world.env, birch.store_id)
    assert row_of(world, birch, task_id).state == "done"
