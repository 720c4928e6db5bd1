"""What a worker does while no queue server is there to ring it: it looks into the database itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from core.jobs.beat import SWEEPS, Tick, stores_due
from core.jobs.bell import CONNECT, DRAIN, EFFECTS, MATURE, TASKS, WALK_ON
from core.jobs.connect import try_keys
from core.jobs.drain import drain
from core.jobs.effects import run_effects
from core.jobs.env import Env
from core.jobs.mature import mature
from core.jobs.queue import JOBS
from core.jobs.reconcile import walk_on
from core.jobs.tasks import work_on_tasks

WORK: Final[Mapping[str, Callable[[Env, int], int]]] = {
    DRAIN: drain,
    MATURE: mature,
    EFFECTS: run_effects,
    CONNECT: try_keys,
    WALK_ON: walk_on,
    TASKS: work_on_tasks,
}
"""By the name the bell has for it."""

log = structlog.get_logger()


def work_unrung(env: Env, queue_name: str, stop: threading.Event) -> None:
    """Do for every store what the beat would ring for on this queue; stop early once `stop` is set.

    Any number of workers may do so at once: who finds a store taken goes on with the next. Trouble is logged,
    and what it kept from being done is found again at the next look. Never raises.
    """
    for one in SWEEPS:
        if JOBS[one.job] == queue_name:
            _work_on_all(env, one.job, _due(env, one), stop)


def _due(env: Env, one: Tick) -> list[int]:
    try:
        return stores_due(env, one)
    except Exception as error:  # noqa: BLE001  # a worker outlives whatever is wrong; it looks again
        log.warning("looking for work failed", error=str(error).splitlines()[0][:200])
        return []


def _work_on_all(env: Env, job: str, store_ids: list[int], stop: threading.Event) -> None:
    for store_id in store_ids:
        if stop.is_set():
            return
        try:
            WORK[job](env, store_id)
        except Exception as error:  # as with a job out of the queue: logged and forgotten
            log.error("job failed", job=f"{job.rpartition('.')[2]} store {store_id}", exc_info=error)
