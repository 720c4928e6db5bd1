"""Changing what orders earn while nobody settles any: the store's lease, held for a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection

from core.db import leases
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.bell import DRAIN
from core.jobs.drain import give_back, take_store
from core.jobs.env import Env

PATIENCE_S: Final = 3.0
PAUSE_S: Final = 0.1


@contextmanager
def alone(env: Env, store: Store) -> Iterator[Connection]:
    """One transaction of the store's in which no order is settled. Raises Refused when others keep at it."""
    lease = _taken(env, store)
    try:
        with env.database.write(store.store_id) as db:
            if not leases.prove(db, lease, env.now()):
                raise _busy(store)
            yield db
    finally:
        give_back(env, lease)
        # Whoever rang meanwhile found the store taken and left.
        env.bell.ring(DRAIN, store.store_id)


def _taken(env: Env, store: Store) -> leases.Lease:
    ends_s = time.monotonic() + PATIENCE_S
    while (taken := take_store(env, store.store_id)) is None:
        if time.monotonic() > ends_s:
            raise _busy(store)
        time.sleep(PAUSE_S)
    return taken[1]


def _busy(store: Store) -> Refused:
    return Refused(f"Orders of {store.name} are being counted this very moment. Press the button once more.")
