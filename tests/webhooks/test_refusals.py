"""Counting what was refused, while the database has no time for it."""

from __future__ import annotations

from contextlib import ExitStack

from core.db import stores
from core.db.engine import CONNECTIONS_MOST
from tests.world import World
from webhooks.refusals import WRITTEN_EVERY, Refusals


def test_what_could_not_be_written_for_want_of_a_connection_is_counted_later(sqlite_world: World) -> None:
    birch, refusals = sqlite_world.connect(), Refusals(sqlite_world.env)
    with ExitStack() as taken:
        for _ in range(CONNECTIONS_MOST):
            taken.enter_context(sqlite_world.database.read_all())
        refusals.count(birch)
    sqlite_world.wait(seconds=WRITTEN_EVERY.total_seconds())
    refusals.count(birch)
    with sqlite_world.database.read(birch.store_id) as db:
        assert [notice.times for notice in stores.open_notices(db, birch.store_id)] == [2]
