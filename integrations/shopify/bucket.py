"""How many points of Shopify's query cost a store has left, so that workers wait before Shopify makes them.

Shopify keeps one bucket per app and store, refilled by the second. What we keep is an estimate: every answer
corrects it, and where it is wrong Shopify says THROTTLED, which costs a wait and nothing else.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

FIRST_MAXIMUM: Final = 1000.0
FIRST_RESTORE_RATE: Final = 50.0
"""Believed until a store's first answer: the least that Shopify ever gave any store."""

SOCKET_TIMEOUT_S: Final = 0.1
"""Connecting and asking together stay below a quarter of a second."""
QUIET_AFTER_FAILURE_S: Final = 5.0
KEPT_S: Final = 86_400
"""After a day without a call a store's bucket is full, and its size is learnt again."""

log = structlog.get_logger()


class Bucket(Protocol):
    """One store's points. Never raises and never waits for longer than 250 ms."""

    def take(self, cost: float) -> float:
        """0.0: the points are taken. Above: nothing is taken; in so many seconds there will be enough."""
        ...

    def learn(self, available: float, maximum: float, restore_rate: float) -> None:
        """What Shopify said the bucket holds, after a call."""
        ...


class LocalBucket:
    """A bucket of this process alone."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._available = self._maximum = FIRST_MAXIMUM
        self._restore_rate = FIRST_RESTORE_RATE
        self._at_s = monotonic()

    def take(self, cost: float) -> float:
        """As `Bucket` says."""
        with self._lock:
            now_s = self._monotonic()
            refilled = self._available + (now_s - self._at_s) * self._restore_rate
            self._available, self._at_s = min(self._maximum, refilled), now_s
            short = min(cost, self._maximum) - self._available
            if short > 0:
                return short / self._restore_rate
            self._available -= min(cost, self._maximum)
            return 0.0

    def learn(self, available: float, maximum: float, restore_rate: float) -> None:
        """As `Bucket` says."""
        with self._lock:
            self._available, self._maximum, self._restore_rate = available, maximum, restore_rate
            self._at_s = self._monotonic()


_SCRIPT: Final = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local held = redis.call('HMGET', KEYS[1], 'available', 'maximum', 'restore_rate', 'at')
local maximum = tonumber(held[2]) or tonumber(ARGV[3])
local restore_rate = tonumber(held[3]) or tonumber(ARGV[4])
local passed = math.max(0, now - (tonumber(held[4]) or now))
local available = math.min(maximum, (tonumber(held[1]) or maximum) + passed * restore_rate)
if ARGV[5] then
    available, maximum, restore_rate = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
end
local cost = math.min(tonumber(ARGV[1]), maximum)
local wait = math.max(0, (cost - available) / restore_rate)
if wait == 0 then
    available = available - cost
end
redis.call('HSET', KEYS[1], 'available', string.format('%.3f', available), 'maximum', maximum,
    'restore_rate', restore_rate, 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return string.format('%.6f', wait)
"""
"""Refill by the server's clock, believe what was learnt, take: one step for all workers on all machines."""


class RedisBucket:
    """A bucket shared through Redis. While that is out of reach, this process reckons for itself."""

    def __init__(self, link: RedisLink, store_id: int, local: LocalBucket) -> None:
        self._link = link
        self._key = f"shopify:points:{store_id}"
        self._local = local

    def take(self, cost: float) -> float:
        """As `Bucket` says."""
        wait_s = self._link.run(self._key, cost)
        return self._local.take(cost) if wait_s is None else wait_s

    def learn(self, available: float, maximum: float, restore_rate: float) -> None:
        """As `Bucket` says."""
        self._local.learn(available, maximum, restore_rate)
        self._link.run(self._key, 0, available, maximum, restore_rate)


class RedisLink:
    """The way to Redis for all buckets of a process; after a failure it is left alone for some seconds."""

    def __init__(self, redis_url: str, monotonic: Callable[[], float]) -> None:
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=SOCKET_TIMEOUT_S,
            socket_connect_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._monotonic = monotonic
        self._quiet_until_s = -math.inf

    def run(self, key: str, cost: float, *learnt: float) -> float | None:
        """Seconds to wait for `cost` points, 0.0 when they were taken; None when Redis cannot be asked."""
        if self._monotonic() < self._quiet_until_s:
            return None
        fixed = (cost, KEPT_S, FIRST_MAXIMUM, FIRST_RESTORE_RATE)
        try:
            # EVAL rather than EVALSHA: a forgotten script must not cost a second round trip.
            return float(self._redis.eval(_SCRIPT, 1, key, *fixed, *learnt))
        except (RedisError, OSError) as error:
            log.warning("shopify.points_unshared", error=str(error))
            self._quiet_until_s = self._monotonic() + QUIET_AFTER_FAILURE_S
            return None

    def close(self) -> None:
        """Lets the connections go."""
        self._redis.close()


class Buckets:
    """The buckets of all stores, shared through Redis where there is one."""

    def __init__(self, redis_url: str | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._link = None if redis_url is None else RedisLink(redis_url, monotonic)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._local: dict[int, LocalBucket] = {}

    def of(self, store_id: int) -> Bucket:
        """This store's bucket."""
        with self._lock:
            local = self._local.setdefault(store_id, LocalBucket(self._monotonic))
        return local if self._link is None else RedisBucket(self._link, store_id, local)

    def close(self) -> None:
        """Lets the connections go."""
        if self._link is not None:
            self._link.close()
