"""What can be seen of the queue server and of the workers that listen there, within a fixed time.

A queue server that is down or hangs is no trouble of ours: the database has all the work, and is swept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

QUEUES: Final = ("points", "outside")
STEPS: Final = 3
"""To connect, to ask, to ask which of the workers live: each ends in time."""
PATIENT_S: Final = 6.0


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """The queue server as it was a moment ago."""

    problem: str = ""
    """Why it does not answer; empty: it does."""
    name: str = ""
    """Such as `Valkey 9.1`."""
    version: str = ""
    """Of Redis, as far as it is compatible."""
    policy: str = ""
    """What it does when it is full."""
    listening: Mapping[str, int] = field(default_factory=dict)
    """Workers alive, by queue."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Jobs nobody has taken yet, by queue."""

    @property
    def answers(self) -> bool:
        """Whether it can be asked."""
        return not self.problem


def look_at_queue(redis_url: str, within_s: float = PATIENT_S) -> QueueSeen:
    """What there is to see. Takes no longer than about `within_s`, whatever is wrong there; never raises."""
    step_s = within_s / STEPS
    try:
        with Redis.from_url(
            redis_url,
            socket_timeout=step_s,
            socket_connect_timeout=step_s,
            retry=Retry(NoBackoff(), 0),
        ) as redis:
            return _look(redis)
    except (RedisError, OSError, ValueError) as error:
        return QueueSeen(problem=_first_line(error))


def _look(redis: Redis) -> QueueSeen:
    asked = redis.pipeline(transaction=False)
    asked.info()
    for queue in QUEUES:
        asked.llen(f"rq:queue:{queue}")
        asked.smembers(f"rq:workers:{queue}")
    info, *told = asked.execute()
    waiting = dict(zip(QUEUES, told[0::2], strict=True))
    return QueueSeen(
        name=_name(info),
        version=str(info["redis_version"]),
        policy=str(info.get("maxmemory_policy", "noeviction")),
        listening=_living(redis, dict(zip(QUEUES, told[1::2], strict=True))),
        waiting=waiting,
    )


def _living(redis: Redis, registered: Mapping[str, set[bytes]]) -> dict[str, int]:
    """A worker that died without a word stays registered for a while; its own key does not."""
    asked = redis.pipeline(transaction=False)
    keys = [(queue, key) for queue, members in registered.items() for key in members]
    for _, key in keys:
        asked.exists(key)
    alive = asked.execute() if keys else []
    return {
        queue: sum(bool(lives) for (of, _), lives in zip(keys, alive, strict=True) if of == queue)
        for queue in registered
    }


def _name(info: Mapping[str, Any]) -> str:
    return (
        f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info['redis_version']}"
    )


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
