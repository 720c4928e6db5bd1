"""What carrying out effects in one store goes with, and how each of its transactions begins and ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import effects, leases, stores
from core.db.leases import Lease
from core.domain.platform import Shop
from core.domain.stores import Store
from core.jobs.drain import LeaseLost
from core.jobs.env import Env
from core.services.receiving import CONNECTION_BROKEN


@dataclass(frozen=True, slots=True)
class Work:
    """A store whose lease for calling out we hold."""

    env: Env
    store: Store
    shop: Shop
    lease: Lease

    @property
    def store_id(self) -> int:
        """Whose work it is."""
        return self.store.store_id

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One that may write, if the lease is still ours. Raises LeaseLost."""
        with self.env.database.write(self.store_id) as db:
            if not leases.prove(db, self.lease, self.env.now()):
                raise LeaseLost(f"store {self.store_id}")
            yield db

    def done(self, db: Connection, effect: Row[Any]) -> None:
        """The effect happened: the store lets us do such, so none of its kind has to stay parked."""
        effects.finish(db, effect, "done", None, self.env.now())
        # Whichever of them it was: one asked for anew is no longer among the parked ones.
        effects.unpark(db, self.store_id, [effect.kind], self.env.now(), forgets_tries=False)
        stores.clear_notice(db, self.store_id, CONNECTION_BROKEN, effect.kind)

    def failed(self, db: Connection, effect: Row[Any], problem: str) -> None:
        """The effect will never happen."""
        effects.finish(db, effect, "failed", problem[:500], self.env.now())

    def later(self, db: Connection, effect: Row[Any], at: datetime, problem: str) -> None:
        """The effect waits until a moment; the store's others go on."""
        effects.wait_until(db, effect, at, problem[:500])
