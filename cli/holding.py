"""Being the only one who works on a store, for a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from cli.output import Output
from core.db import inbox, leases, stores
from core.db.leases import LEASES, Lease
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.bell import DRAIN
from core.jobs.drain import give_back, take_store
from core.jobs.env import Env

PATIENCE_S = LEASES[stores.DRAIN].total_seconds() + 5
"""Longer than a holder who died is waited for."""
PAUSE_S = 0.25


@contextmanager
def writing_alone(env: Env, out: Output, store: Store) -> Iterator[Connection]:
    """A transaction that writes while nobody else works on the store. Waits for them; raises Refused."""
    lease = _take(env, out, store)
    try:
        with env.database.write(store.store_id) as db:
            if not leases.prove(db, lease, env.now()):
                raise Refused(f"Somebody else works on {store.name}; nothing was changed. Try again.")
            yield db
    finally:
        give_back(env, lease)
        _ring_for_the_waiting(env, store)


def _take(env: Env, out: Output, store: Store) -> Lease:
    ends_s = time.monotonic() + PATIENCE_S
    remarked = False
    while (taken := take_store(env, store.store_id)) is None:
        if time.monotonic() > ends_s:
            raise Refused(f"{store.name} is being worked on all the time; nothing was changed. Try again.")
        if not remarked:
            out.remark(f"Somebody works on {store.name}; waiting for at most {PATIENCE_S:.0f} s …")
            remarked = True
        time.sleep(PAUSE_S)
    return taken[1]


def _ring_for_the_waiting(env: Env, store: Store) -> None:
    """Whoever rang meanwhile found the store taken and left."""
    with env.database.read(store.store_id) as db:
        if inbox.has_due(db, store.store_id, env.now()):
            env.bell.ring(DRAIN, store.store_id)
