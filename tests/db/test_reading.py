"""Reading while others write."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import text

from core.db import orders
from core.db.engine import Database
from core.db.migrate import is_current, upgrade
from tests.payloads import an_order
from tests.world import World


def test_a_still_reading_sees_one_moment(world: World) -> None:
    store = world.connect()
    world.tell(store, an_order(1))
    with world.database.read_still(store.store_id) as db:
        assert orders.count(db, store.store_id) == 1
        world.tell(store, an_order(2))
        assert orders.count(db, store.store_id) == 1
    with world.database.read_still(store.store_id) as db:
        assert orders.count(db, store.store_id) == 2


def test_a_connection_that_stood_still_moves_on_afterwards(world: World) -> None:
    store = world.connect()
    with world.database.read_still(store.store_id):
        pass
    with world.database.read(store.store_id) as db:
        assert orders.count(db, store.store_id) == 0
        world.tell(store, an_order(1))
        seen = orders.count(db, store.store_id)
    assert seen == (0 if world.database.is_sqlite else 1)


def test_a_current_schema_is_seen_without_waiting_for_whoever_writes(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.write_all() as db:
        db.execute(text("SELECT 1"))
        began_s = time.monotonic()
        upgrade(sqlite_url)
        assert time.monotonic() - began_s < 5
    database.close()


def test_an_empty_database_is_not_current_until_upgraded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert not is_current(url)
    upgrade(url)
    assert is_current(url)
