"""Replays a whole store's orders into a scratch database in memory, portion by portion, and compares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

from core.db.engine import Database
from core.db.migrate import upgrade_connection
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.replaying import Kept, Mismatch, load_kept, mismatches, prepare_scratch
from core.services.terms import load_terms

KEPT_MOST: Final = 1000
"""Mismatches told one by one; the rest are only counted."""


@dataclass(slots=True)
class Replayed:
    """What a replay came to."""

    orders: int = 0
    tellings: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    """The first KEPT_MOST of them."""
    differing: int = 0

    def note(self, kept: Kept, found: list[Mismatch]) -> None:
        """Add what one portion came to."""
        self.orders += len(kept.tellings)
        self.tellings += sum(map(len, kept.tellings.values()))
        self.differing += len(found)
        self.mismatches += found[: KEPT_MOST - len(self.mismatches)]


def replay_store(env: Env, store: Store, progress: Callable[[int], None]) -> Replayed:
    """Rebuild every order's points and compare. `progress` is told how many orders each portion had.

    Changes nothing, waits for nobody and keeps only one portion in memory.
    """
    replayed = Replayed()
    after: str | None = ""
    with scratch_database() as scratch:
        with scratch.write_all() as db:
            upgrade_connection(db)
            prepare_scratch(db, store, env.now())
        while after is not None:
            with env.database.read_still(store.store_id) as db:
                terms, kept = load_terms(db, store), load_kept(db, store.store_id, after)
            with scratch.write_all() as db:
                found = mismatches(db, terms, kept, Random(after), env.now())  # noqa: S311  # no secret
            replayed.note(kept, found)
            progress(len(kept.tellings))
            after = kept.after
    return replayed


@contextmanager
def scratch_database() -> Iterator[Database]:
    """An empty database in this process' memory."""
    database = Database("sqlite://")
    try:
        yield database
    finally:
        database.close()
