"""A task that changes codes writes as little for the last of many codes as for the first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Row, event, insert, select

from core.db import task_codes
from core.db.tables import redemptions
from core.domain.redemptions import State
from core.jobs.tasks import work_on_tasks
from core.services.changing_codes import MOST_LISTED, Outcome, Progress
from tests.redeeming.counter import Counter
from tests.redeeming.test_changing_codes import codes, failures, offer, task
from tests.redeeming.test_reissuing_codes import ask

MANY = 300
SMALL = 400
"""Bytes that a portion may write of how far its task is."""


def copied(at: Counter, row: Row[Any], number: int) -> None:
    """As many more live codes like this one."""
    with at.world.database.write(at.store.store_id) as db:
        like = dict(db.execute(select(redemptions).where(redemptions.c.id == row.id)).mappings().one())
        del like["id"]
        rows = [
            like | {"code": f"COPY{n}", "code_key": f"copy{n}", "idempotency_key": f"copy {n}"}
            for n in range(number)
        ]
        db.execute(insert(redemptions), rows)


@contextmanager
def written() -> Iterator[list[int]]:
    """How many bytes of text each change of a task's row writes."""
    sizes: list[int] = []

    def note(_db: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        if statement.startswith("UPDATE tasks"):
            values = parameters.values() if isinstance(parameters, dict) else parameters
            sizes.append(sum(len(one) for one in values if isinstance(one, str)))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sizes
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_codes_that_wait_to_be_made_anew_do_not_make_the_task_larger(at: Counter) -> None:
    [made] = codes(at)
    copied(at, made, MANY)
    offer(at, amount_minor=700)
    task_id = ask(at)
    with written() as sizes:
        work_on_tasks(at.world.env, at.store.store_id)
    assert len(sizes) > MANY
    assert max(sizes) < SMALL
    with at.world.database.read(at.store.store_id) as db:
        states = db.execute(select(redemptions.c.state)).scalars().all()
        assert states == [State.CANCELLING] * (MANY + 1)
        assert task_codes.are_waiting(db, at.store.store_id, task_id)


def test_codes_that_stay_as_they_were_are_counted_and_the_first_of_them_said_why(at: Counter) -> None:
    [made] = codes(at)
    copied(at, made, MANY)
    offer(at, cost_points=200)
    task_id = ask(at)
    with written() as sizes:
        work_on_tasks(at.world.env, at.store.store_id)
    assert max(sizes) < SMALL
    done = task(at, task_id)
    assert (done.state, done.done) == ("done", MANY + 1)
    assert list(failures(at, done)) == list(range(made.id, made.id + MOST_LISTED))


def test_how_far_a_task_is_is_as_short_for_many_codes_as_for_few() -> None:
    progress = Progress()
    for redemption_id in range(10_000):
        outcome = Outcome("The store says no to this." if redemption_id % 2 else "")
        progress = progress.after(redemption_id, outcome)
    assert (progress.changed, progress.failed) == (5000, 5000)
    assert len(progress.to_json()) < 200
