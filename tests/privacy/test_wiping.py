"""A store that took us out is wiped: all of it, nothing of another, whatever dies in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.db import stores
from core.db.dumping import lines_of, standing_still, tables_of
from core.domain.stores import Store, StoreState
from core.jobs.beat import stores_with_something_to_forget
from core.jobs.forget import forget
from core.services import wiping
from tests.privacy.acorn import dump, shop_redaction, told
from tests.webhooks.test_shopify_deliveries import an_order, connect, deliver
from tests.world import World

BEECH = "beech.myshopify.com"


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def acorn(world: World) -> Store:
    """A store with orders, taken out by its merchant."""
    store = connect(world)
    told(world, store, an_order())
    told(world, store, an_order(id=6200000000008))
    return store


def take_out(world: World, store: Store) -> None:
    with world.database.write(store.store_id) as db:
        stores.set_state(db, store.store_id, StoreState.UNINSTALLED)


def rows_of(world: World, store: Store) -> Mapping[str, list[str]]:
    """The store's rows by table, those tables that have any."""
    mark = f'"store_id":{store.store_id},'
    with standing_still(world.env.settings.database_url) as db:
        found = {
            table.name: [line for line in lines_of(db, table) if mark in line.replace("}", ",")]
            for table in tables_of(db)
        }
    return {name: lines for name, lines in found.items() if lines}


def test_everything_is_gone_and_late_deliveries_are_dropped(world: World, acorn: Store) -> None:
    take_out(world, acorn)
    told(world, acorn, shop_redaction(), "shop/redact")
    assert set(rows_of(world, acorn)) == {"leases"}
    assert not [line for line in dump(world) if "acorn" in line]
    # A receiver that looked the store up a moment ago takes one more, which goes the same way.
    assert deliver(world, an_order()) == 200
    assert forget(world.env, acorn.store_id) == 1
    world.wait(seconds=11)
    assert deliver(world, an_order()) == 200
    with world.database.read_all() as db:
        left = stores.store_by_id(db, acorn.store_id)
        assert left is not None
        assert (left.state, left.url) == (StoreState.WIPED, "")
        assert stores_with_something_to_forget(db, world.now) == set()


def test_it_is_refused_while_the_store_is_connected(world: World, acorn: Store) -> None:
    told(world, acorn, shop_redaction(), "shop/redact")
    assert world.total(acorn) == 200
    assert world.notices(acorn) == ["wipe_refused"]


def test_a_redaction_signed_for_another_shop_of_the_app_wipes_nothing(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    acorn = connect(world)
    told(world, acorn, an_order())
    take_out(world, acorn)
    told(world, acorn, shop_redaction(BEECH), "shop/redact")
    assert world.total(acorn) == 100


def test_no_row_of_another_store_is_touched(world: World, acorn: Store) -> None:
    beech = connect(world, BEECH, client_id="another", webhook_secret="beech-secret")
    assert deliver(world, an_order(id=1), shop=BEECH, secret="beech-secret") == 200
    world.drain(beech)
    before = rows_of(world, beech)
    take_out(world, acorn)
    told(world, acorn, shop_redaction(), "shop/redact")
    assert rows_of(world, beech) == before
    assert before["entries"]


def test_whoever_dies_while_wiping_is_followed_by_the_beat(
    world: World, acorn: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiping, "PORTION", 1)
    take_out(world, acorn)
    deliver(world, shop_redaction(), "shop/redact")
    world.drain(acorn)
    visits = []

    def reach(point: str) -> None:
        visits.append(point)
        if visits.count("forget.committed") == 3:
            raise Killed

    with pytest.raises(Killed):
        forget(replace(world.env, reach=reach), acorn.store_id)
    world.wait(minutes=1)
    with world.database.read_all() as db:
        assert stores_with_something_to_forget(db, world.now) == {acorn.store_id}
    forget(world.env, acorn.store_id)
    assert set(rows_of(world, acorn)) == {"leases"}


def test_nobody_settles_in_a_store_that_is_being_wiped(sqlite_world: World) -> None:
    world = sqlite_world
    acorn = connect(world)
    take_out(world, acorn)
    deliver(world, shop_redaction(), "shop/redact")
    world.drain(acorn)
    deliver(world, an_order())
    assert world.drain(acorn) == 0
    assert world.mature(acorn) == 0


def test_a_shop_that_comes_back_is_a_new_store(world: World, acorn: Store) -> None:
    take_out(world, acorn)
    told(world, acorn, shop_redaction(), "shop/redact")
    world.wait(seconds=11)
    again = connect(world)
    told(world, again, an_order())
    assert (again.store_id != acorn.store_id, world.total(again)) == (True, 100)


def test_the_ledger_of_a_store_that_is_not_wiped_still_refuses(world: World, acorn: Store) -> None:
    take_out(world, acorn)
    with (
        pytest.raises(DBAPIError, match=r"never changed|permission denied"),
        world.database.write(acorn.store_id) as db,
    ):
        db.execute(text("DELETE FROM entries"))
    if world.database.is_sqlite:
        return
    with (
        pytest.raises(DBAPIError, match="never changed"),
        world.database.write(acorn.store_id) as db,
    ):
        db.execute(text(f"SELECT wipe_entries({acorn.store_id}, 10)"))
    with pytest.raises(DBAPIError, match="a transaction of its own"), world.database.write_all() as db:
        db.execute(text(f"SELECT wipe_entries({acorn.store_id}, 10)"))
