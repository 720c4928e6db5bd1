"""Releases points, ends points and codes whose time is over, store by store, under the store's lease."""

from __future__ import annotations

import structlog

from core.db import leases
from core.jobs.drain import LeaseLost, give_back, take_store
from core.jobs.env import Env
from core.services.cancelling import end_codes
from core.services.maturing import expire_due, release_due

log = structlog.get_logger()


def mature(env: Env, store_id: int) -> int:
    """Do all that is due in this store; how many members were served. Leaves the store when it is taken."""
    taken = take_store(env, store_id)
    if taken is None:
        return 0
    store, lease = taken
    served = 0
    try:
        for step in (release_due, expire_due, end_codes):
            while True:
                with env.database.write(store_id) as db:
                    if not leases.prove(db, lease, env.now()):
                        raise LeaseLost(f"store {store_id}")
                    done = step(db, store, env.now())
                    env.reach("mature.before_commit")
                if not done:
                    break
                served += done
                env.reach("mature.committed")
    finally:
        give_back(env, lease)
    if served:
        log.info("points.matured", store_id=store_id, members=served)
    return served
