"""The doorbell through RQ. The database is the queue of record; Redis only rings.

A bell that is lost, doubled or late changes nothing but the moment: the sweeper rings again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.job import Job, JobStatus
from rq.queue import Queue
from rq.serializers import JSONSerializer

from core.jobs.bell import (
    COMPARE,
    CONNECT,
    DAYS,
    DRAIN,
    EFFECTS,
    FORGET,
    HOOKS,
    MATURE,
    ORPHANS,
    RECONCILE,
    RENEW,
    REREAD,
    TASKS,
    WALK_ON,
)

JOBS: Mapping[str, str] = {
    DRAIN: "points",
    MATURE: "points",
    FORGET: "points",
    DAYS: "points",
    EFFECTS: "outside",
    ORPHANS: "outside",
    RENEW: "outside",
    HOOKS: "outside",
    CONNECT: "outside",
    RECONCILE: "outside",
    REREAD: "outside",
    WALK_ON: "outside",
    COMPARE: "outside",
    TASKS: "outside",
}
"""All that a worker ever runs, and on which queue. Each takes one store id; CONNECT, an attempt's."""

JOB_TIMEOUTS_S = {"points": 60, "outside": 300}
"""By queue: a job that calls a store may wait for many pages of its answers."""
FAILURE_TTL_S = 7 * 86_400
UNANSWERED_TTL_S = 600
"""A job nobody took goes away by itself, so that a day without workers leaves no heap behind."""

BELL_TTL_S = 15
"""How long one bell speaks for all that follow it; also the longest that a bell lost on its way is missed."""
SOCKET_TIMEOUT_S = 0.25
QUIET_AFTER_FAILURE_S = 5.0

RING: Final = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then
    redis.call('HSET', KEYS[2], unpack(ARGV, 4))
    redis.call('EXPIRE', KEYS[2], ARGV[3])
    redis.call('SADD', KEYS[3], KEYS[4])
    redis.call('RPUSH', KEYS[4], ARGV[1])
end
"""

log = structlog.get_logger()


class RedisBell:
    """Rings through RQ: one round trip or two, at most one unanswered job per store and kind.

    After a failure it keeps quiet for some seconds, so that receivers answer in milliseconds
    while Redis is down or hung; then one caller tries again while the others stay quiet.
    """

    def __init__(self, redis_url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._redis.register_script(RING)
        self._monotonic = monotonic
        self._failing = False
        self._quiet_until_s = 0.0

    def ring(self, job: str, store_id: int) -> bool:
        """One round trip, or none in the seconds after a failure."""
        return self.ring_all([(job, store_id)])

    def ring_all(self, calls: Sequence[tuple[str, int]]) -> bool:
        """The same for several at once, mostly in one round trip for all."""
        now_s = self._monotonic()
        if self._failing:
            if now_s < self._quiet_until_s:
                return False
            self._quiet_until_s = now_s + QUIET_AFTER_FAILURE_S
        try:
            # Under load most bells stand already, and to ask is a third of the work of making a job.
            standing = self._redis.mget([bell_key(job, store_id) for job, store_id in calls])
            for (job, store_id), stands in zip(calls, standing, strict=True):
                if not stands:
                    self._enqueue(job, store_id)
        except (RedisError, OSError) as error:
            if not self._failing:
                log.warning("queue server out of reach, work waits for the sweeper", error=str(error))
            self._quiet_until_s = self._monotonic() + QUIET_AFTER_FAILURE_S
            self._failing = True
            return False
        self._failing = False
        return True

    def close(self) -> None:
        """Lets the connections go."""
        self._redis.close()

    def _enqueue(self, job: str, store_id: int) -> None:
        made = _job(self._redis, job, store_id)
        fields = [part for pair in made.to_dict().items() for part in pair]
        queue_key = Queue.redis_queue_namespace_prefix + made.origin
        self._script(
            keys=[bell_key(job, store_id), made.key, Queue.redis_queues_keys, queue_key],
            args=[made.id, BELL_TTL_S, UNANSWERED_TTL_S, *fields],
        )


def bell_key(job: str, store_id: int) -> str:
    """The Redis key that stands while a bell is unanswered."""
    return f"bell:{job}:{store_id}"


def _job(redis: Redis, job: str, store_id: int) -> Job:
    """The RQ job for one bell: JSON, no retry, no result kept, gone after a week if it failed."""
    made = Job.create(
        job,
        args=(store_id,),
        connection=redis,
        serializer=JSONSerializer,
        status=JobStatus.QUEUED,
        origin=JOBS[job],
        description=f"{job.rpartition('.')[2]} store {store_id}",
        timeout=JOB_TIMEOUTS_S[JOBS[job]],
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
    )
    made.enqueued_at = made.created_at
    return made
