"""Taking a store over from a holder that died."""

from __future__ import annotations

from core.db import inbox, leases
from core.domain.stores import Store
from core.jobs.drain import take_store
from tests.payloads import an_order, body_of
from tests.world import World


def die_alone_with_the_next(world: World, store: Store) -> int:
    """A holder takes one delivery alone and is never heard of again; which one."""
    taken = take_store(world.env, store.store_id)
    assert taken is not None
    with world.database.write(store.store_id) as db:
        row_id: int = inbox.due(db, store.store_id, world.now, 1)[0].id
        leases.suspect(db, taken[1], row_id)
    world.wait(seconds=21)
    return row_id


def test_whoever_takes_over_charges_the_delivery_the_holder_died_of(world: World) -> None:
    store = world.connect()
    world.post(store, body_of(an_order()))
    row_id = die_alone_with_the_next(world, store)
    world.mature(store)
    with world.database.read(store.store_id) as db:
        assert inbox.attempts_of(db, store.store_id, row_id) == 1
