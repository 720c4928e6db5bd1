"""The ledger is only ever added to and no key is there twice: invariants I2 and I3."""

from __future__ import annotations

import pytest
from sqlalchemy import Executable, delete, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.db.tables import entries
from core.domain.stores import Store
from tests.payloads import an_order
from tests.world import World


def settled(world: World) -> Store:
    """A store with one entry."""
    store = world.birch()
    world.tell(store, an_order())
    return store


@pytest.mark.parametrize(
    "change",
    [update(entries).values(points=4900), update(entries).values(reason="always so"), delete(entries)],
    ids=["points", "reason", "delete"],
)
def test_i3_nobody_changes_or_deletes_an_entry(installation: World, change: Executable) -> None:
    store = settled(installation)
    before = installation.entries(store)
    with pytest.raises(DBAPIError), installation.database.write(store.store_id) as db:
        db.execute(change)

    assert installation.entries(store) == before


def test_i3_the_ledger_is_not_emptied(postgres_installation: World) -> None:
    store = settled(postgres_installation)
    with pytest.raises(DBAPIError), postgres_installation.database.write(store.store_id) as db:
        db.execute(text("TRUNCATE entries"))

    assert postgres_installation.points(store) == [49]


def test_i2_a_key_is_there_once(installation: World) -> None:
    store = settled(installation)
    entry = dict(installation.entries(store)[0]._mapping)
    del entry["id"]
    with pytest.raises(IntegrityError), installation.database.write(store.store_id) as db:
        db.execute(entries.insert(), entry | {"points": 1})

    assert installation.points(store) == [49]
