"""Everything encrypted is encrypted anew with the newest key, by portions; safe to begin again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.config.secrets import Secrets
from core.db import sealed
from core.db.engine import Database
from core.db.sealed import PORTION, Spot, Value


def how_many(database: Database) -> int:
    """How many sealed values there are in all."""
    with database.read_all() as db:
        return sum(sealed.count(db, spot) for spot in sealed.spots())


def reseal_all(database: Database, secrets: Secrets, done: Callable[[int], None]) -> int:
    """Seal anew what an older key sealed; how many. `done` is told of each portion that was looked at.

    Raises Refused for a value that none of the keys opens: nothing of its portion is changed then.
    """
    return sum(_reseal(database, secrets, spot, done) for spot in sealed.spots())


def left_behind(database: Database, secrets: Secrets) -> int:
    """How many values the newest key alone does not open: while there are any, no other may be dropped."""
    return sum(
        not secrets.is_newest(value.sealed)
        for spot in sealed.spots()
        for portion in _portions(database, spot)
        for value in portion
    )


def _reseal(database: Database, secrets: Secrets, spot: Spot, done: Callable[[int], None]) -> int:
    changed = 0
    for portion in _portions(database, spot):
        older = [value for value in portion if not secrets.is_newest(value.sealed)]
        if older:
            renewed = [(value, secrets.seal(secrets.unseal(value.sealed))) for value in older]
            with database.write_all() as db:
                for value, anew in renewed:
                    sealed.replace_value(db, spot, value, anew)
        changed += len(older)
        done(len(portion))
    return changed


def _portions(database: Database, spot: Spot) -> Iterator[list[Value]]:
    after = None
    while True:
        with database.read_all() as db:
            portion = sealed.values_after(db, spot, after)
        if portion:
            yield portion
            after = portion[-1].key
        if len(portion) < PORTION:
            return
