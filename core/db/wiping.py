"""Deleting everything of one store, portion by portion. Its row stays, and says that it was wiped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Table, delete, exists, select, text, update

from core.db.tables import connect_attempts, connect_keys, metadata, stores
from core.domain.stores import StoreState

_STAY: Final = frozenset({"leases"})
"""They hold nothing of anybody, and wiping itself needs one."""


def begin(db: Connection, store_id: int, webhook_path: str, credentials: bytes) -> None:
    """From now on the store is nobody's: no name, no address, no keys, and nobody may go on working on it."""
    db.execute(
        update(stores)
        .where(stores.c.id == store_id)
        .values(
            state=StoreState.WIPED,
            name=f"wiped {store_id}",
            url="",
            webhook_path=webhook_path,
            credentials=credentials,
            is_offline=True,
        )
    )


def drop_attempts(everywhere: Connection, store_id: int) -> None:
    """Delete how the store came to be connected: its address stands there. `everywhere` sees all stores."""
    led_here = select(connect_attempts.c.id).where(connect_attempts.c.became_id == store_id)
    everywhere.execute(delete(connect_keys).where(connect_keys.c.attempt_id.in_(led_here)))
    everywhere.execute(delete(connect_attempts).where(connect_attempts.c.became_id == store_id))


def portion(db: Connection, store_id: int, limit: int) -> int:
    """Delete so many rows of the store at most; how many. The ledger refuses unless the store is wiped."""
    for table in _tables():
        if gone := _delete(db, table, store_id, limit):
            return gone
    return 0


def stores_with_leftovers(db: Connection) -> list[int]:
    """Wiped stores of which something is left."""
    wiped = db.execute(select(stores.c.id).where(stores.c.state == StoreState.WIPED)).scalars().all()
    return [store_id for store_id in wiped if has_any(db, store_id)]


def _tables() -> Iterator[Table]:
    """Those whose rows belong to a store, the ones that point to others first."""
    for table in reversed(metadata.sorted_tables):
        if "store_id" in table.c and table.name not in _STAY:
            yield table


def _delete(db: Connection, table: Table, store_id: int, limit: int) -> int:
    of_store = {"store_id": store_id, "limit": limit}
    if db.dialect.name == "sqlite":
        chosen = f"rowid IN (SELECT rowid FROM {table.name} WHERE store_id = :store_id LIMIT :limit)"  # noqa: S608
    elif table.name == "entries":
        # The product's role may not delete entries; this function does, and only of a wiped store.
        return int(db.execute(text("SELECT wipe_entries(:store_id, :limit)"), of_store).scalar_one())
    else:
        chosen = f"ctid = ANY (ARRAY(SELECT ctid FROM {table.name} WHERE store_id = :store_id LIMIT :limit))"  # noqa: S608
    return int(db.execute(text(f"DELETE FROM {table.name} WHERE {chosen}"), of_store).rowcount)  # noqa: S608


def has_any(db: Connection, store_id: int) -> bool:
    """Whether anything of a store is left but its row."""
    return any(
        db.execute(select(exists().where(table.c.store_id == store_id))).scalar() for table in _tables()
    )
