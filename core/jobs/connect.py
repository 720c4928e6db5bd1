"""Proves keys that came for an attempt to connect a store, by calling the very address that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from core.db import attempts
from core.domain.connecting import Introduced, Introducing
from core.domain.errors import (
    PlatformRefused,
    PlatformTrouble,
    PlatformUnavailable,
    Refused,
    StoreUnauthorized,
)
from core.domain.stores import Store, time_zone
from core.jobs.bell import CONNECT, EFFECTS
from core.jobs.env import Env
from core.services.attempts import opened_keys
from core.services.joining import Proven, join

CLAIMED_FOR = timedelta(seconds=150)
"""Longer than trying a key takes: so long an attempt waits after its worker died."""
AGAIN_AFTER = timedelta(seconds=5)

log = structlog.get_logger()


def try_keys(env: Env, attempt_id: int) -> int:
    """Try the keys that came, the first one first; how many attempts ended. Leaves one that is taken.

    A store that does not answer is asked again until the attempt's time is over.
    """
    now = env.now()
    with env.database.write_all() as db:
        if not attempts.claim(db, attempt_id, now, now + CLAIMED_FOR):
            return 0
        row = attempts.by_id(db, attempt_id)
        keys = opened_keys(db, attempt_id, env.secrets)
    if row is None:
        return 0
    env.reach("connect.claimed")
    problem = "No keys came."
    for key_id, credentials in keys:
        try:
            told = _introduced(env, row, credentials)
            env.reach("connect.proven")
            return _connect(env, row, credentials, told)
        except StoreUnauthorized as trouble:
            problem = f"{trouble} Approve the connection again, as somebody who may manage the store."
            with env.database.write_all() as db:
                attempts.forget_key(db, key_id)
        except PlatformUnavailable as trouble:
            return _later(env, row, trouble)
        except (PlatformRefused, Refused) as trouble:
            return _fail(env, row, str(trouble))
    return _run_out(env, row, problem)


def _introduced(env: Env, row: Row[Any], credentials: Mapping[str, str]) -> Introduced:
    """What the store at the address that was typed tells to who has these keys. Raises PlatformTrouble."""
    shop = env.shop(stranger_at(row.platform, row.url), credentials)
    if not isinstance(shop, Introducing):
        raise TypeError(f"stores of {row.platform} are not connected like this")
    return shop.introduce()


def stranger_at(platform: str, url: str) -> Store:
    """A store that is none of ours yet, to be called."""
    return Store(0, "", platform, url, "", time_zone("UTC"), False, "")


def _connect(env: Env, row: Row[Any], credentials: Mapping[str, str], told: Introduced) -> int:
    proven = Proven(row.platform, row.url, credentials, told, env.token(), env.token())
    now = env.now()
    with env.database.write_all() as db:
        store = join(db, proven, env.secrets, now)
        attempts.forget_keys(db, row.id)
        attempts.change(
            db,
            row.id,
            stage="connected",
            became_id=store.store_id,
            connected_at=now,
            problem=None,
            next_at=None,
        )
    env.reach("connect.joined")
    env.bell.ring(EFFECTS, store.store_id)
    log.info("store.connected", store_id=store.store_id, attempt_id=row.id)
    return 1


def _later(env: Env, row: Row[Any], trouble: PlatformTrouble) -> int:
    if row.ends_at <= env.now():
        return _fail(env, row, str(trouble))
    with env.database.write_all() as db:
        attempts.change(db, row.id, problem=str(trouble), next_at=env.now() + AGAIN_AFTER)
    return 0


def _run_out(env: Env, row: Row[Any], problem: str) -> int:
    """No key is left, unless another came meanwhile."""
    with env.database.write_all() as db:
        is_over = attempts.number_of_keys(db, row.id) == 0
        if not is_over:
            attempts.change(db, row.id, problem=problem, next_at=env.now())
    if is_over:
        return _fail(env, row, problem)
    env.bell.ring(CONNECT, row.id)
    return 0


def _fail(env: Env, row: Row[Any], problem: str) -> int:
    with env.database.write_all() as db:
        attempts.forget_keys(db, row.id)
        attempts.change(db, row.id, stage="failed", problem=problem, next_at=None)
    log.warning("connect.failed", attempt_id=row.id, problem=problem[:200])
    return 1
