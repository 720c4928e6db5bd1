"""Counts what was refused in a store's name, where its operator can see it.

Anybody can send what no secret signed, so refusing must stay cheap: counted in memory, written now and then.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.db import stores
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.receiving import REFUSED

WRITTEN_EVERY = timedelta(seconds=10)
"""The last few of a series may stay uncounted."""

log = structlog.get_logger()


class Refusals:
    """The refused deliveries of each store, as this process met them."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._lock = threading.Lock()
        self._unwritten: dict[int, int] = {}
        self._written_at: dict[int, datetime] = {}

    def count(self, store: Store) -> None:
        """One more delivery in this store's name was refused. Never raises for a database out of reach:
        then it is written with a later one.
        """
        times = self._due(store.store_id)
        if not times:
            return
        sentence = f"Deliveries in the name of {store.name} were refused: none of its secrets signed them."
        try:
            with self._env.database.write(store.store_id) as db:
                stores.raise_notice(db, store.store_id, REFUSED, "", sentence, self._env.now(), times=times)
        except SQLAlchemyError as error:
            self._put_back(store.store_id, times)
            log.warning("refusals.uncounted", store_id=store.store_id, times=times, error=str(error)[:200])

    def _put_back(self, store_id: int, times: int) -> None:
        with self._lock:
            self._unwritten[store_id] = self._unwritten.get(store_id, 0) + times

    def _due(self, store_id: int) -> int:
        """How many to write now; 0: later."""
        now = self._env.now()
        with self._lock:
            self._unwritten[store_id] = self._unwritten.get(store_id, 0) + 1
            written_at = self._written_at.get(store_id)
            if written_at is not None and now - written_at < WRITTEN_EVERY:
                return 0
            self._written_at[store_id] = now
            return self._unwritten.pop(store_id)
