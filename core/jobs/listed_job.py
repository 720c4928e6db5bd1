"""What a worker agrees to run. Whoever can write to Redis can name any function; only the list is run."""

from __future__ import annotations

from typing import Any

import structlog
from redis.exceptions import ResponseError
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.job import Job

from core.jobs.queue import FAILURE_TTL_S, JOBS, bell_key

log = structlog.get_logger()


class ListedJob(Job):
    """An RQ job that exists only if it is one of `JOBS`, given one store id and nothing else.

    Anything else is refused while it is loaded, as if it were not there (NoSuchJobError): no function is
    imported, no callback, dependency, retry or webhook of it is ever looked at, and the worker goes on.
    What was refused stays readable in Redis for a week, and a warning is logged.
    """

    def restore(self, raw_data: Any) -> None:
        """Raises NoSuchJobError for a job that is refused."""
        try:
            super().restore(raw_data)
            refusal = why_refused(self)
        except Exception as error:  # noqa: BLE001  # the bytes are a stranger's: whatever they break, it is no job
            refusal = f"unreadable: {error}"
        if refusal:
            log.warning("refused a job that is not on the list", job_id=self.id, reason=refusal)
            self.connection.expire(self.key, FAILURE_TTL_S)
            raise NoSuchJobError(f"refused job {self.id}: {refusal}")

    def refresh(self) -> None:
        """Raises NoSuchJobError too where something else than a job stands under its key."""
        try:
            super().refresh()  # type: ignore[no-untyped-call]
        except ResponseError as error:
            raise NoSuchJobError(f"no job under {self.key}: {error}") from error

    def perform(self) -> Any:
        """Answers the bell, then does the work: what is rung from here on gets a job of its own."""
        self.connection.delete(bell_key(str(self.func_name), self.args[0]))
        return super().perform()


def why_refused(job: Job) -> str | None:
    """The reason to refuse this job; None when it is listed and plain."""
    try:
        name, instance, args, kwargs = job.func_name, job.instance, job.args, job.kwargs
    except DeserializationError:
        return "its payload is not JSON"
    if name is None or name not in JOBS:
        return f"{name!r} is not on the list"
    if job.origin != JOBS[name]:
        return f"{name} does not belong on queue {job.origin!r}"
    if instance is not None or kwargs or len(args) != 1 or type(args[0]) is not int:
        return "it takes one store id and nothing else"
    return _extras(job)


def _extras(job: Job) -> str | None:
    """The name of what hangs on the job and would make RQ run or fetch something more."""
    extras = {
        "a success callback": job._success_callback_name,
        "a failure callback": job._failure_callback_name,
        "a stopped callback": job._stopped_callback_name,
        "a webhook": job.webhooks,
        "a dependency": job._dependency_ids,
        "retries": job.retries_left,
        "repeats": job.repeats_left,
        "a group": job.group_id,
    }
    return next((f"it carries {name}" for name, value in extras.items() if value), None)
