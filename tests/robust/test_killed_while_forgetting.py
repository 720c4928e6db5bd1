"""A process killed while it wipes a store leaves work that the next one finishes."""

from __future__ import annotations

import signal

import pytest

from core.db import stores
from core.domain.stores import StoreState
from core.jobs.forget import forget
from core.services.wiping import begin_wipe, is_wiped_clean
from tests.payloads import a_recent_order
from tests.robust import points
from tests.workplace import Workplace


@pytest.mark.parametrize("point", points.FORGETTING)
def test_whoever_dies_while_wiping_is_followed(postgres_place: Workplace, point: str) -> None:
    world = postgres_place.world
    birch, acorn = world.connect("Birch"), world.connect("Acorn")
    for store in (birch, acorn):
        world.tell(store, a_recent_order())
    with world.database.write(birch.store_id) as db:
        stores.set_state(db, birch.store_id, StoreState.UNINSTALLED)
        begin_wipe(db, birch, world.env.secrets)

    process = postgres_place.run("tests.at_point", point, "die", "forget", str(birch.store_id))
    assert process.wait(20) == -signal.SIGKILL, postgres_place.log
    world.wait(minutes=1)
    assert forget(world.env, birch.store_id) > 0

    with world.database.read(birch.store_id) as db:
        assert is_wiped_clean(db, birch.store_id)
    assert world.total(acorn) == 49
