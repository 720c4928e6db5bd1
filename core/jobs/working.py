"""A worker process: one queue, listed jobs alone, patient with a queue server that goes away.

One queue per process, because RQ loses a job popped from several. No fork per job: a job touches our
database and a platform's API with time-outs, and warm connections make it many times faster. RQ ends its
loop whenever Redis is slow or gone; here it is started again with growing pauses, and in each of them the
worker looks for work by itself: a dead Redis delays points by one pause, however long it is dead.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.exceptions import StopRequested
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from core.jobs.entry_points import install
from core.jobs.env import Env
from core.jobs.listed_job import ListedJob
from core.jobs.stopping import NUDGE, stop_when_asked
from core.jobs.unrung import work_unrung

WORKER_TTL_S = 20
"""RQ blocks for this less 15 s: so long an idle worker notices nothing of a server that hangs."""
ANSWER_TIMEOUT_S = 6.5
"""Longer than RQ blocks, or an idle worker would give up its queue every few seconds."""
MAINTENANCE_INTERVAL_S = 30
MONITORING_INTERVAL_S = 10
CONNECT_TIMEOUT_S = 5
PING_TIMEOUT_S = 0.5
"""A server that hangs is not waited for as long as one that has nothing to say."""
BACK_OFF_FIRST_S = 0.5
BACK_OFF_MAX_S = 15.0

log = structlog.get_logger()


class BellQueue(Queue):
    """A queue whose jobs have no dependents, whatever somebody wrote beside them in Redis."""

    def enqueue_dependents(self, *_args: object, **_kwargs: object) -> None:
        """Starts nothing, and does not even look."""
        return


class BellWorker(SimpleWorker):
    """RQ's in-process worker without remote commands and signal handlers, and quick to give up on Redis."""

    redis_url: str
    """Where to ask whether Redis answers without waiting for it as long as for a job."""
    _in_job = False

    def subscribe(self) -> None:
        """Takes no commands through Redis."""

    def _install_signal_handlers(self) -> None:
        """Signals are `core.jobs.stopping`'s."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Raises QueueLost at once where RQ would wait and try again."""
        try:
            super().heartbeat(timeout, pipeline)
        except RedisConnectionError as lost:
            raise QueueLost(str(lost)) from lost

    @property
    def connection_timeout(self) -> float:  # type: ignore[override]
        """What RQ raises the time-out of connections to."""
        return ANSWER_TIMEOUT_S

    def teardown(self) -> None:
        """Signs off when asked to end and Redis answers. Otherwise our key there ends by itself."""
        if not self._stop_requested:
            return
        try:
            _ping(self.redis_url)
            super().teardown()  # type: ignore[no-untyped-call]
        except RedisError:
            log.info("ended without signing off at the queue server")

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Runs the job in this process, and lets it end whatever asks to stop meanwhile."""
        self._in_job = True
        try:
            super().execute_job(job, queue)
        finally:
            self._in_job = False

    def stop_soon(self) -> None:
        """Ends the loop: after the job under way, or, with none, now (StopRequested)."""
        self._stop_requested = True
        if not self._in_job:
            raise StopRequested


class QueueLost(Exception):
    """Redis went away; not a redis error, so that RQ lets go instead of waiting up to a minute itself."""


def run_worker(env: Env, queue_name: str, redis_url: str) -> None:
    """Works on one queue until the process is asked to end (SIGTERM, SIGINT).

    Needs the main thread. A failed job is logged and forgotten: the sweeper decides what is tried again.
    """
    install(env)
    loop = _Loop(env, queue_name, redis_url)
    signal.signal(NUDGE, loop.nudged)
    loop.run(stop_when_asked(nudge=True))


class _Loop:
    """RQ workers one after the other, each until Redis fails it."""

    def __init__(self, env: Env, queue_name: str, redis_url: str) -> None:
        self._env = env
        self._queue_name = queue_name
        self._redis_url = redis_url
        self._worker: BellWorker | None = None

    def run(self, stop: threading.Event) -> None:
        pause_s = BACK_OFF_FIRST_S
        while not stop.is_set():
            try:
                _ping(self._redis_url)
                if self._work_until_lost(stop):
                    pause_s = BACK_OFF_FIRST_S
            except StopRequested:
                break
            except (RedisError, QueueLost, OSError) as error:
                log.warning("queue server out of reach", error=str(error), retry_in_s=pause_s)
                self._worker = None
                work_unrung(self._env, self._queue_name, stop)
            finally:
                self._worker = None
            stop.wait(pause_s)
            pause_s = min(pause_s * 2, BACK_OFF_MAX_S)
        log.info("stopped")

    def nudged(self, _signal: int, _frame: FrameType | None) -> None:
        if self._worker is not None:
            self._worker.stop_soon()

    def _work_until_lost(self, stop: threading.Event) -> bool:
        """True when at least one job was done. Raises StopRequested, RedisError or QueueLost."""
        with Redis.from_url(
            self._redis_url,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=ANSWER_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        ) as redis:
            queue = BellQueue(
                self._queue_name, connection=redis, job_class=ListedJob, serializer=JSONSerializer
            )
            # One id in there that RQ cannot read would end every worker at its first maintenance.
            # They are bells: drop them.
            redis.delete(queue.intermediate_queue_key)
            self._worker = BellWorker(
                [queue],
                connection=redis,
                job_class=ListedJob,
                queue_class=BellQueue,
                serializer=JSONSerializer,
                worker_ttl=WORKER_TTL_S,
                maintenance_interval=MAINTENANCE_INTERVAL_S,
                job_monitoring_interval=MONITORING_INTERVAL_S,
                exception_handlers=[_log_failure],
            )
            self._worker.redis_url = self._redis_url
            if stop.is_set():
                # Asked before there was a worker to nudge.
                raise StopRequested
            log.info("waiting for work", queue=self._queue_name)
            return self._worker.work(logging_level="CRITICAL")


def _ping(redis_url: str) -> None:
    """Raises RedisError."""
    with Redis.from_url(
        redis_url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=PING_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    ) as redis:
        redis.ping()


def _log_failure(job: Job, _kind: type[BaseException], error: BaseException, _trace: TracebackType) -> None:
    log.error("job failed", job=job.description, error=str(error), exc_info=error)
