"""A store that hangs costs the others' fetches one call's time-out, and nobody's points anything."""

from __future__ import annotations

import time

import pytest

from core.jobs.bell import DRAIN, EFFECTS
from core.jobs.queue import RedisBell
from sandbox.woocommerce.faults import raw, time_out
from tests.eventually import at_leisure, eventually
from tests.payloads import a_recent_order, body_of
from tests.robust.fetching import a_served_store, an_order_to_fetch, connect_reachable, is_fetched
from tests.robust.impatient_worker import ONE_CALL_S
from tests.workplace import Workplace

POINTS_WITHIN_S = 1.0
WORK_S = 1.0
"""What fetching itself may take beside the waiting."""
ORDERS = 5


HANGS = {
    "never answers": time_out(applied=False, seconds=2 * ONE_CALL_S),
    "drips": raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", *[b" "] * 200, pause_s=0.05),
}


@pytest.mark.parametrize("hangs", HANGS)
def test_a_store_that_hangs_holds_up_no_points_and_no_other_store_for_longer_than_one_call(
    sqlite_place: Workplace, hangs: str
) -> None:
    place, world = sqlite_place, sqlite_place.world
    with a_served_store() as hanging, a_served_store() as well:
        acorn, birch = (connect_reachable(place, *named) for named in (("Acorn", hanging), ("Birch", well)))
        for order_id in range(ORDERS):
            an_order_to_fetch(world, acorn, hanging, 21 + order_id)
            hanging.door.faults.fail(HANGS[hangs])
        an_order_to_fetch(world, birch, well, 21)
        place.worker("points")
        place.run("tests.robust.impatient_worker")
        bell = RedisBell(place.redis_url)
        bell.ring(EFFECTS, acorn.store_id)
        eventually(lambda: hanging.asked)

        hung_s = time.monotonic()
        bell.ring(EFFECTS, birch.store_id)
        for store in (acorn, birch):
            assert world.post(store, body_of(a_recent_order(99))) == 200
            bell.ring(DRAIN, store.store_id)
        eventually(lambda: world.points(acorn, "99") == world.points(birch, "99") == [49])
        assert time.monotonic() - hung_s < at_leisure(POINTS_WITHIN_S)

        eventually(lambda: is_fetched(world, birch, 21))
        assert time.monotonic() - hung_s < ONE_CALL_S + at_leisure(WORK_S)
        bell.close()
