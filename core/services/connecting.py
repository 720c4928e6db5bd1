"""Connecting a store: its row, its sealed credentials, its leases and the program it starts with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import programs, stores
from core.domain.errors import Refused
from core.domain.program import default_program
from core.domain.stores import Store, StoreState, checked_name, known_currency, time_zone
from core.domain.versions import BEGINNING


@dataclass(frozen=True, slots=True)
class NewStore:
    """What connecting a store takes."""

    name: str
    platform: str
    url: str
    currency: str
    timezone: str
    is_offline: bool
    webhook_path: str
    """Random and unguessable: the address says nothing about the store."""
    credentials: dict[str, str]
    """By `core.domain.platform.Field`; empty ones are kept as empty text."""


def connect_store(db: Connection, new: NewStore, secrets: Secrets, now: datetime) -> Store:
    """Add a store with a default program in force from before its first order. Raises Refused."""
    checked_name(new.name)
    if stores.store_by_name(db, new.name) is not None:
        raise Refused(f"A store named “{new.name}” is connected already; choose another name.")
    twin = stores.store_at(db, new.platform, new.url)
    if twin is not None:
        raise Refused(
            f"{new.url} is connected already, as {twin.name} (store {twin.store_id}). New keys for it: "
            f"bin/regulars store set-keys --store {twin.store_id}"
        )
    currency = known_currency(new.currency)
    time_zone(new.timezone)
    store_id = stores.add_store(
        db,
        {
            "name": new.name,
            "platform": new.platform,
            "url": new.url,
            "currency": currency,
            "timezone": new.timezone,
            "is_offline": new.is_offline,
            "webhook_path": new.webhook_path,
            "credentials": secrets.seal(new.credentials),
            "created_at": now,
            "state": StoreState.CONNECTED,
            "connected_at": now,
        },
    )
    programs.add_version(db, store_id, 1, BEGINNING, default_program(currency).to_json(), now)
    store = stores.store_by_id(db, store_id)
    if store is None:
        raise LookupError(f"store {store_id} vanished while it was being connected")
    return store


def find_store(db: Connection, name_or_id: str) -> Store:
    """The store an operator names, by name or by id. Raises Refused naming those there are."""
    found = stores.store_by_name(db, name_or_id)
    if found is None and name_or_id.isascii() and name_or_id.isdigit() and len(name_or_id) < 19:
        found = stores.store_by_id(db, int(name_or_id))
    if found is not None:
        return found
    names = ", ".join(f"{store.name} ({store.store_id})" for store in stores.all_stores(db))
    there_are = f"There are: {names}." if names else "None is connected yet."
    raise Refused(f"No store is called “{name_or_id}”. {there_are}")
