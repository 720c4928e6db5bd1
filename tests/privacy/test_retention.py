"""Raw bodies live 30 days, those somebody may still need longer; snapshots for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core.db.tables import inbox
from core.domain.stores import Store
from core.jobs import forget as job
from core.jobs.forget import forget
from tests.payloads import an_order, body_of
from tests.privacy.acorn import assert_sound
from tests.world import World


def bodies(world: World, store: Store) -> dict[str, int]:
    """How many deliveries still have a body, by state."""
    with world.database.read(store.store_id) as db:
        query = select(inbox.c.state, func.count()).where(
            inbox.c.store_id == store.store_id, inbox.c.body.is_not(None)
        )
        return {state: int(number) for state, number in db.execute(query.group_by(inbox.c.state))}


def test_bodies_are_purged_after_thirty_days_and_open_ones_are_not(installation: World) -> None:
    world = installation
    birch = world.birch()
    for order_id in (1, 2, 3):
        world.tell(birch, an_order(order_id))
    world.tell(birch, an_order(4, currency="USD"))
    world.post(birch, b"not json")
    world.drain(birch)
    forget(world.env, birch.store_id)
    assert bodies(world, birch) == {"done": 3, "held": 1, "dead": 1}
    world.wait(days=31)
    world.post(birch, body_of(an_order(5)))
    forget(world.env, birch.store_id)
    assert bodies(world, birch) == {"held": 1, "dead": 1, "new": 1}
    world.drain(birch)
    assert world.total(birch) == 4 * 49
    assert_sound(world, birch)


def test_they_are_purged_portion_by_portion(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PORTION", 2)
    birch = sqlite_world.connect()
    for order_id in range(1, 8):
        sqlite_world.tell(birch, an_order(order_id))
    sqlite_world.wait(days=31)
    assert forget(sqlite_world.env, birch.store_id) == 7
    assert bodies(sqlite_world, birch) == {}
