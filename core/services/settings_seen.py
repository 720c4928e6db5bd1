"""How a store's settings stand, for a page that shows all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.db import api_keys, tombstones
from core.services.branding import Brand, brand_of
from core.services.exporting import asked_exports
from core.services.rates import foreign_currencies


@dataclass(frozen=True, slots=True)
class SettingsSeen:
    """A store's settings in short."""

    brand: Brand
    rate_count: int
    """Foreign currencies that have a rate."""
    orders_waiting: int
    """Orders held for want of a rate."""
    open_requests: int
    """People who asked for their data and may not have it yet."""
    forgotten: int
    """Members who were forgotten."""
    key_count: int
    """Keys for reading over HTTP that open something."""


def settings_seen(db: Connection, store_id: int) -> SettingsSeen:
    """All of it, by a fixed number of queries."""
    foreign = foreign_currencies(db, store_id)
    return SettingsSeen(
        brand=brand_of(db, store_id),
        rate_count=sum(one.rate is not None for one in foreign),
        orders_waiting=sum(one.waiting for one in foreign),
        open_requests=sum(one.is_open for one in asked_exports(db, store_id)),
        forgotten=tombstones.people(db, store_id),
        key_count=sum(row.revoked_at is None for row in api_keys.of_store(db, store_id)),
    )
