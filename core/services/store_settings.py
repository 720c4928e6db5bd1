"""What a merchant settles about a store itself: its name, its clock, how long raw deliveries are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from core.db import stores
from core.domain.errors import Refused
from core.domain.staff import Who
from core.domain.stores import Store, checked_name, time_zone
from core.services.noting import note_change

KEPT_LEAST: Final = 1
KEPT_MOST: Final = 90
"""Days."""


class StoreChanged(Exception):
    """Somebody else saved since; `theirs` is the store as it stands now."""

    def __init__(self, theirs: Store) -> None:
        self.theirs = theirs
        super().__init__("somebody saved since")


@dataclass(frozen=True, slots=True)
class Naming:
    """What a store is called, and by which clock its days begin."""

    name: str
    zone: str

    @property
    def columns(self) -> dict[str, Any]:
        """As the store's row has them."""
        return {"name": self.name, "timezone": self.zone}


def naming_of(store: Store) -> Naming:
    """What the store has now."""
    return Naming(store.name, store.zone.key)


def change_naming(
    db: Connection, store: Store, wanted: Naming, seen: Naming, who: Who, now: datetime
) -> None:
    """Call the store by another name or have it go by another clock. Raises Refused, StoreChanged.

    Lots keep the ends that were written with them, and entries what they say; everything that is worked out
    from now on goes by the new clock. That no other store has the name is the caller's to know: who serves
    one store sees no other.
    """
    checked_name(wanted.name)
    time_zone(wanted.zone)
    if not stores.change_seen(db, store.store_id, seen.columns, wanted.columns):
        raise StoreChanged(_now(db, store))
    if wanted != seen:
        note_change(
            db,
            store.store_id,
            who,
            "store.changed",
            wanted.name,
            now,
            before=seen.columns,
            after=wanted.columns,
        )


def change_keeping(db: Connection, store: Store, days: int, seen_days: int, who: Who, now: datetime) -> None:
    """Keep bodies of closed deliveries for so many days. Raises Refused, StoreChanged."""
    if not KEPT_LEAST <= days <= KEPT_MOST:
        raise Refused(f"Deliveries are kept for {KEPT_LEAST} to {KEPT_MOST} days.")
    seen, wanted = {"bodies_kept_days": seen_days}, {"bodies_kept_days": days}
    if not stores.change_seen(db, store.store_id, seen, wanted):
        raise StoreChanged(_now(db, store))
    if days != seen_days:
        note_change(db, store.store_id, who, "retention.changed", store.name, now, before=seen, after=wanted)


def kept_days(db: Connection, store_id: int) -> int:
    """For how many days bodies of closed deliveries are kept; never outside of the bounds."""
    return min(KEPT_MOST, max(KEPT_LEAST, stores.bodies_kept_days(db, store_id)))


def _now(db: Connection, store: Store) -> Store:
    return stores.store_by_id(db, store.store_id) or store
