"""What an intruder would have a worker run."""

from __future__ import annotations

from pathlib import Path

from rq.job import Job


def leave_mark(job: Job, *_rest: object) -> None:
    """A callback that shows it was run."""
    Path(job.meta["mark"]).touch()
