"""Orders from before a store was connected are an import's to take in: no look and no re-reading does it."""

from __future__ import annotations

from core.db import stores
from core.domain.stores import StoreState
from tests.reconciling.shopfront import Shopfront


def placed_before(at: Shopfront) -> str:
    """An order of the week before the store was connected."""
    at.rig.wait(hours=-24 * 5)
    placed = at.order()
    at.rig.wait(hours=24 * 5)
    return placed


def test_an_order_from_before_the_store_was_connected_earns_nothing_by_being_looked_at(at: Shopfront) -> None:
    old = placed_before(at)
    at.lose_the_post()
    fresh = at.order()
    at.lose_the_post()
    at.wait(days=1)
    at.look()
    at.look_again()
    assert at.points(old) == [0]
    assert at.points(fresh) != [0]
    at.rig.refund_half(old)
    at.lose_the_post()
    at.look()
    assert at.points(old) == [0]


def test_one_from_before_that_is_known_already_is_kept_up_to_date(at: Shopfront) -> None:
    old = placed_before(at)
    at.deliver()
    [full] = at.points(old)
    at.wait(days=1)
    at.rig.refund_half(old)
    at.lose_the_post()
    at.look()
    assert at.points(old) == [full // 2]


def test_orders_placed_while_the_store_was_not_connected_count_once_it_is_again(at: Shopfront) -> None:
    at.wait(days=1)
    with at.world.database.write(at.store.store_id) as db:
        stores.set_state(db, at.store.store_id, StoreState.UNINSTALLED)
    between = at.order()
    at.lose_the_post()
    at.wait(days=1)
    with at.world.database.write(at.store.store_id) as db:
        stores.connected_anew(db, at.store.store_id, at.world.now)
    at.look()
    assert at.points(between) != [0]
