"""Rows of the webhooks we made at stores."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from core.db.bulk import among
from core.db.tables import hooks, stores
from core.domain.stores import StoreState


def add(db: Connection, store_id: int, hook_ref: str, topic: str, now: datetime) -> None:
    """Keep a webhook that was made just now."""
    db.execute(
        hooks.insert().values(store_id=store_id, hook_ref=hook_ref, topic=topic, made_at=now, active_at=now)
    )


def of_store(db: Connection, store_id: int) -> list[Row[Any]]:
    """Our webhooks at a store, by topic."""
    chosen = select(hooks).where(hooks.c.store_id == store_id).order_by(hooks.c.topic, hooks.c.hook_ref)
    return list(db.execute(chosen))


def seen_active(db: Connection, store_id: int, hook_refs: Collection[str], now: datetime) -> None:
    """The store sends by these."""
    db.execute(
        update(hooks)
        .where(hooks.c.store_id == store_id, among(db, hooks.c.hook_ref, hook_refs))
        .values(active_at=now)
    )


def forget(db: Connection, store_id: int, hook_refs: Collection[str]) -> None:
    """These are no more, at the store or for us."""
    db.execute(delete(hooks).where(hooks.c.store_id == store_id, among(db, hooks.c.hook_ref, hook_refs)))


def stores_with_any(db: Connection, _now: datetime) -> list[int]:
    """Where we made webhooks, in stores that are called."""
    is_called = stores.c.is_offline.is_(False) & (stores.c.state != StoreState.WIPED)
    found = db.execute(select(hooks.c.store_id).join(stores).where(is_called).distinct())
    return sorted(found.scalars())
