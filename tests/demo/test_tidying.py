"""A demo that runs for days stays small, and its ledger whole."""

from __future__ import annotations

from sqlalchemy import func, select

from core.db.tables import entries, inbox, order_snapshots
from sandbox.demo.tidying import tidy
from tests.payloads import an_order
from tests.world import World


def test_old_deliveries_and_tellings_are_dropped_and_entries_stay(world: World) -> None:
    birch, oak = world.birch(), world.birch()
    for order_id in range(1, 7):
        world.tell(birch, an_order(order_id, "10.00"))
        world.tell(oak, an_order(order_id, "10.00"))
    with world.database.write(birch.store_id) as db:
        tidy(db, birch.store_id, world.now, kept_rows=2)
    with world.database.read_all() as db:
        for table, left in ((inbox, 2), (order_snapshots, 2), (entries, 6)):
            for store, kept in ((birch, left), (oak, 6)):
                count = select(func.count()).select_from(table).where(table.c.store_id == store.store_id)
                assert db.execute(count).scalar() == kept
