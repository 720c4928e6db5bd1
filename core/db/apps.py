"""Rows of apps, and of installations under way."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.db.app_tables import apps, installs
from core.db.tables import stores


def add_app(
    db: Connection, platform: str, client_id: str, handle: str, credentials: bytes, now: datetime
) -> int:
    """Insert an app; its id. Raises IntegrityError when the platform's client id is there already."""
    values = {
        "platform": platform,
        "client_id": client_id,
        "handle": handle,
        "credentials": credentials,
        "made_at": now,
    }
    app_id: int = db.execute(insert(apps).returning(apps.c.id), values).scalar_one()
    return app_id


def all_apps(db: Connection, platform: str) -> list[Row[Any]]:
    """A platform's apps, the oldest first."""
    return list(db.execute(select(apps).where(apps.c.platform == platform).order_by(apps.c.id)))


def app_by_id(db: Connection, app_id: int) -> Row[Any] | None:
    """One app."""
    return db.execute(select(apps).where(apps.c.id == app_id)).first()


def app_by_client_id(db: Connection, platform: str, client_id: str) -> Row[Any] | None:
    """The app a platform knows by this id."""
    return db.execute(select(apps).where(apps.c.platform == platform, apps.c.client_id == client_id)).first()


def replace_secret(db: Connection, app_id: int, seen: bytes, sealed: bytes) -> bool:
    """Store sealed credentials in place of those that were seen; False when they are others by now."""
    changed = db.execute(
        update(apps).where(apps.c.id == app_id, apps.c.credentials == seen).values(credentials=sealed)
    )
    return changed.rowcount == 1


def remove_app(db: Connection, app_id: int) -> None:
    """Delete an app no store is of any more, and the installations of it that are under way."""
    db.execute(delete(installs).where(installs.c.app_id == app_id))
    db.execute(delete(apps).where(apps.c.id == app_id))


def stores_of(db: Connection, app_id: int) -> list[tuple[int, str, bytes]]:
    """(id, name, sealed credentials) of the stores that are connected by this app, oldest first."""
    found = db.execute(
        select(stores.c.id, stores.c.name, stores.c.credentials)
        .where(stores.c.app_id == app_id)
        .order_by(stores.c.id)
    )
    return [(row.id, row.name, row.credentials) for row in found]


def store_counts(db: Connection) -> dict[int, int]:
    """How many stores each app has, of those that have any."""
    found = db.execute(
        select(stores.c.app_id, func.count()).where(stores.c.app_id.is_not(None)).group_by(stores.c.app_id)
    )
    return {app_id: int(count) for app_id, count in found}


def app_of_store(db: Connection, store_id: int) -> int | None:
    """The app a store was connected by; None: by none of ours."""
    found: int | None = db.execute(select(stores.c.app_id).where(stores.c.id == store_id)).scalar()
    return found


def begin_install(db: Connection, state: str, app_id: int, shop: str, ends_at: datetime) -> None:
    """Remember that a browser holding `state` was sent to ask the merchant."""
    values = {"digest": _digest(state), "app_id": app_id, "shop": shop, "ends_at": ends_at}
    db.execute(insert(installs), values)


def end_install(db: Connection, state: str, now: datetime) -> tuple[int, str] | None:
    """(app id, shop) of the installation this state began, which is over with this; None: there is none.

    Forgets what nobody came back from in time.
    """
    row = db.execute(
        delete(installs)
        .where(installs.c.digest == _digest(state))
        .returning(installs.c.app_id, installs.c.shop, installs.c.ends_at)
    ).first()
    db.execute(delete(installs).where(installs.c.ends_at < now))
    return None if row is None or row.ends_at < now else (row.app_id, row.shop)


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode("utf-8", "surrogateescape")).digest()
