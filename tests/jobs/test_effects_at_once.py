"""Effects asked for and put off at one moment, on PostgreSQL: neither has to be thrown away for the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from core.db import effects
from core.db.effects import FETCH_ORDER
from core.domain.stores import Store
from tests.world import World


def put_off(world: World, store: Store) -> Callable[[Connection], object]:
    """The store rests after a failed try of its first effect."""
    with world.database.read(store.store_id) as db:
        [first, *_] = effects.due(db, store.store_id, world.now, 9)
    later = world.now + timedelta(minutes=1)
    return lambda db: effects.try_later(db, first, "503", later)


def park(world: World, store: Store) -> Callable[[Connection], object]:
    """The store does not let us in."""
    return lambda db: effects.park(db, store.store_id, FETCH_ORDER, "403", world.now)


def resume(world: World, store: Store) -> Callable[[Connection], object]:
    """It does again."""
    with world.database.write(store.store_id) as db:
        effects.park(db, store.store_id, FETCH_ORDER, "403", world.now)
    return lambda db: effects.unpark(db, store.store_id, [FETCH_ORDER], world.now)


@pytest.mark.parametrize("change", [put_off, park, resume])
def test_orders_asked_for_in_any_order_meet_a_change_of_all_of_them(
    postgres_url: str, tmp_path: Path, change: Callable[[World, Store], Callable[[Connection], object]]
) -> None:
    with World.open(postgres_url, tmp_path / "data") as world:
        store = world.connect(is_offline=False)
        with world.database.write(store.store_id) as db:
            effects.ask(db, store.store_id, FETCH_ORDER, ["1", "2"], world.now)
        change_all = change(world, store)
        troubles: list[Exception] = []

        def change_in_its_own_transaction() -> None:
            try:
                with world.database.write(store.store_id) as other:
                    change_all(other)
            except Exception as error:  # noqa: BLE001  # whatever it is, the test is to tell of it
                troubles.append(error)

        with world.database.write(store.store_id) as db:
            effects.ask(db, store.store_id, FETCH_ORDER, ["2"], world.now)
            beside = threading.Thread(target=change_in_its_own_transaction)
            beside.start()
            until_it_waits_or_ended(world, beside)
            effects.ask(db, store.store_id, FETCH_ORDER, ["1"], world.now)
        beside.join(10)

        assert troubles == []


def until_it_waits_or_ended(world: World, thread: threading.Thread) -> None:
    """Until the other transaction waits for a lock of ours, or has none to wait for."""
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(200):
        with world.database.read_all() as db:
            if db.execute(waits).scalar_one() or not thread.is_alive():
                return
        time.sleep(0.01)
    raise AssertionError("the other transaction neither waits nor ends")
