"""Works on long work that somebody asked for, portion by portion, until it is done or time is up.

A portion is one transaction, whose first statement proves that the work is still this worker's and whose last
says how far it is: whoever dies in between leaves nothing half done, and the next one goes on from there.
Each start is counted before it is made, so that a portion that kills its worker is not begun for ever.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from rq.timeouts import JobTimeoutException
from sqlalchemy import Connection, Row

from core.db import stores, tasks
from core.db.engine import is_passing
from core.domain.errors import PlatformTrouble, PlatformUnavailable, Refused
from core.domain.stores import Store, StoreState
from core.jobs.env import Env

CLAIMED_FOR: Final = timedelta(minutes=2)
"""So long a worker may take for one portion; should it die, another one goes on then."""
LONGEST: Final = timedelta(minutes=4)
"""Shorter than a job may take."""
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 1800))
"""After one failure, two, …; then the work has failed."""
MOST_STARTS: Final = 5
"""So often in a row a portion may be begun by workers that are gone before it ends."""
GONE: Final = (
    f"{MOST_STARTS} times a worker began this and was gone before it told how it ended. Most often the "
    "server had too little memory for it. What was done before stays. Give the server more memory, or ask "
    "for less at once, such as a smaller file, and try again."
)

log = structlog.get_logger()


class Lost(Exception):
    """The work was stopped, or another worker goes on with it."""


class NotYet(Exception):
    """What the work waits for has not happened; it goes on at this moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        super().__init__(f"not before {at}")


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One piece of work in one worker's hands, before its next portion."""

    env: Env
    store: Store
    task: Row[Any]
    token: str

    @property
    def wish(self) -> Mapping[str, Any]:
        """What was asked for."""
        wish: Mapping[str, Any] = json.loads(self.task.wish)
        return wish

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction in the store. Raises Lost, before anything was written."""
        until = self.env.now() + CLAIMED_FOR
        with self.env.database.write(self.store.store_id) as db:
            if not tasks.prove(db, self.store.store_id, self.task.id, self.token, until):
                raise Lost
            yield db

    def advance(
        self, db: Connection, done: int, *, place: str | None = None, total: int | None = None
    ) -> None:
        """Say how far it is, in the transaction that brought it there."""
        known = {} if total is None else {"total": total}
        told = {"done": done, "place": place, "failures": 0, "problem": None, **known}
        tasks.change(db, self.store.store_id, self.task.id, **told)

    def wait(self, db: Connection, result: Mapping[str, Any]) -> None:
        """Rest until somebody has looked at what it came to so far."""
        text = json.dumps(result, ensure_ascii=False, default=str)
        tasks.change(db, self.store.store_id, self.task.id, state="paused", token=None, result=text)

    def finish(self, db: Connection, result: Mapping[str, Any] | None = None) -> None:
        """Say that it is done, and what came of it."""
        ended = {"state": "done", "token": None, "ended_at": self.env.now(), "problem": None}
        text = json.dumps(result or {}, ensure_ascii=False, default=str)
        tasks.change(db, self.store.store_id, self.task.id, result=text, **ended)


def work_on_tasks(env: Env, store_id: int) -> int:
    """Work on what is due in a store until time is up; how many portions were done."""
    ends_at, portions = env.now() + LONGEST, 0
    while env.now() < ends_at and (run := _next(env, store_id)) is not None:
        portions += 1
        if not _one_portion(run):
            break
    return portions


def _next(env: Env, store_id: int) -> TaskRun | None:
    token, now = env.token(), env.now()
    with env.database.write(store_id) as db:
        store = stores.store_by_id(db, store_id)
        if store is None or store.state is StoreState.WIPED:
            return None
        task = tasks.claim(db, store_id, token, now, now + CLAIMED_FOR)
    return None if task is None else TaskRun(env, store, task, token)


def _one_portion(run: TaskRun) -> bool:
    """True when the next one may follow at once."""
    # Kinds are what core.jobs has; they know this module, which looks them up when it runs.
    from core.jobs.task_kinds import STEPS  # noqa: PLC0415

    if run.task.starts > MOST_STARTS:
        _fail(run, GONE)
        return True
    try:
        STEPS[run.task.kind](run)
    except Lost:
        return True
    except NotYet as later:
        _write(run, token=None, next_at=later.at, starts=0)
        return True
    except PlatformUnavailable as trouble:
        _rest(run, str(trouble), trouble.retry_after_s)
    except (Refused, PlatformTrouble) as refusal:
        _fail(run, str(refusal))
    except JobTimeoutException:
        _rest(run, "One portion took longer than a worker may take.", None)
    except Exception as error:  # whatever is wrong with one piece of work must not end the worker
        if is_passing(error):
            _rest(run, "The database did not answer in time.", None)
        else:
            log.error("task.failed", store_id=run.store.store_id, task=run.task.id, exc_info=error)
            _fail(run, "Something went wrong in Regulars; the log of the worker says what.")
    else:
        _let_go(run)
        return True
    return False


def _let_go(run: TaskRun) -> None:
    """Claimed no longer: the next portion is due at once."""
    store_id, task_id = run.store.store_id, run.task.id
    with run.env.database.write(store_id) as db:
        if tasks.prove(db, store_id, task_id, run.token, run.env.now()):
            tasks.change(db, store_id, task_id, token=None, starts=0)


def _rest(run: TaskRun, problem: str, retry_after_s: int | None) -> None:
    if run.task.failures >= len(PAUSES):
        _fail(run, problem)
        return
    pause = PAUSES[run.task.failures]
    if retry_after_s is not None:
        pause = max(pause, timedelta(seconds=min(retry_after_s, 3600)))
    rests = {"failures": run.task.failures + 1, "token": None, "next_at": run.env.now() + pause}
    _write(run, problem=problem[:500], starts=0, **rests)


def _fail(run: TaskRun, problem: str) -> None:
    _write(run, state="failed", token=None, ended_at=run.env.now(), problem=problem[:500])


def _write(run: TaskRun, **values: Any) -> None:
    store_id, task_id = run.store.store_id, run.task.id
    with run.env.database.write(store_id) as db:
        if tasks.prove(db, store_id, task_id, run.token, run.env.now()):
            tasks.change(db, store_id, task_id, **values)
