"""The worker of the naive pipeline: `python -m benchmarks.naive.worker fork|simple`."""

from __future__ import annotations

import os
import sys

from redis import Redis
from rq import SimpleWorker, Worker
from sqlalchemy.orm import configure_mappers

import benchmarks.naive.award  # noqa: F401  # as RQ advises: imported once here instead of in every fork
from benchmarks.naive.models import sessions

QUEUE = "naive"
KINDS = {"fork": Worker, "simple": SimpleWorker}

if __name__ == "__main__":
    # As much as forks can share: the libraries and the mapping, but no connection.
    sessions()
    configure_mappers()
    KINDS[sys.argv[1]]([QUEUE], connection=Redis.from_url(os.environ["REDIS_URL"])).work(
        logging_level="WARNING"
    )
