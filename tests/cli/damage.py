"""Damage done to a database behind the product's back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from core.domain.stores import Store
from tests.world import World


def run_sql(world: World, store: Store, sql: str, **values: Any) -> None:
    """Run a statement in which `:store` is the store."""
    with world.database.write(store.store_id) as db:
        changed = db.execute(text(sql), {"store": store.store_id, **values})
        assert changed.rowcount


def forge_entry(
    world: World, store: Store, points: int, order_ref: str | None = None, member_id: int = 1
) -> None:
    """Add an entry that nothing stands behind."""
    run_sql(
        world,
        store,
        "INSERT INTO entries (store_id, member_id, kind, points, key, order_ref, reason, at) "
        "VALUES (:store, :member, 'earn', :points, 'forged', :order_ref, 'forged', CURRENT_TIMESTAMP)",
        points=points,
        order_ref=order_ref,
        member=member_id,
    )
