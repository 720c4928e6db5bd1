"""Orders the store does not list, however many: a re-reading asks for each of them once and then ends."""

from __future__ import annotations

from core.domain.catching_up import OrdersPage
from core.domain.errors import PlatformRefused
from core.jobs.reconcile import reread, walk_on
from tests.reconciling.shopfront import Shopfront
from tests.reconciling.test_deletions import a_settled_order


class Blind:
    """The store's list is empty, and each of its orders is there when asked for by its id."""

    def __init__(self, shop: object) -> None:
        self._shop = shop

    def list_orders(self, *_: object) -> OrdersPage:
        return OrdersPage(())

    def fetch_order(self, order_ref: str, asked_at: object) -> object:
        return self._shop.fetch_order(order_ref, asked_at)  # type: ignore[attr-defined]


class Refusing(Blind):
    """The same, and it refuses to show any."""

    def fetch_order(self, order_ref: str, asked_at: object) -> object:
        self._shop.fetch_order(order_ref, asked_at)  # type: ignore[attr-defined]
        raise PlatformRefused("blocked by a plugin")


def re_read(at: Shopfront) -> list[str]:
    """Run the nightly re-reading to its end; the orders it asked for, in order."""
    at.calls.clear()
    at.look_again()
    for _ in range(10):
        at.wait(seconds=15)
        at.go_on()
    row = at.walk("reread")
    assert row is not None
    assert row.since is None
    return [call.split()[1] for call in at.calls if call.startswith("fetch_order")]


def test_a_list_that_lacks_many_living_orders_is_gone_through_once_and_nothing_enters_the_inbox(
    at: Shopfront,
) -> None:
    living = sorted(at.order() for _ in range(25))
    at.deliver()
    at.wait(days=1)
    before = at.fetched()
    at.between(Blind)
    assert sorted(re_read(at)) == living
    assert at.fetched() == before


def test_many_orders_that_are_hidden_from_us_hold_nothing_up(acorn: Shopfront) -> None:
    old = [acorn.order() for _ in range(25)]
    acorn.deliver()
    points = acorn.points(*old)
    acorn.wait(days=75)
    for one in old:
        acorn.rig.refund_half(one)
    acorn.deliver()
    halved = acorn.points(*old)
    assert halved != points
    acorn.wait(days=1)
    before = acorn.fetched()
    assert sorted(re_read(acorn)) == sorted(old)
    assert acorn.fetched() == before
    assert acorn.points(*old) == halved


def test_orders_the_store_refuses_to_show_are_each_asked_for_once(birch: Shopfront) -> None:
    living = sorted(birch.order() for _ in range(25))
    birch.deliver()
    birch.wait(days=1)
    birch.between(Refusing)
    birch.calls.clear()
    reread(birch.world.env, birch.store.store_id)
    for _ in range(2):
        walk_on(birch.world.env, birch.store.store_id)
    assert sorted(call.split()[1] for call in birch.calls if call.startswith("fetch_order")) == living
    row = birch.walk("reread")
    assert row is not None
    assert row.since is None


def test_of_very_many_orders_of_one_second_only_the_deleted_one_is_asked_for(birch: Shopfront) -> None:
    many = [birch.order() for _ in range(130)]
    store = birch.rig.store  # type: ignore[attr-defined]
    for order in store.orders.values():
        order.modified_at = birch.world.now
    birch.lose_the_post()
    birch.wait(hours=1)
    last = birch.order()
    birch.lose_the_post()
    birch.look()
    for _ in range(3):
        birch.wait(seconds=15)
        birch.go_on()
    assert 0 not in birch.points(*many, last)
    birch.wait(days=1)
    del store.orders[int(many[7])]
    assert re_read(birch) == [many[7]]
    assert birch.points(many[7]) == [0]


def test_an_unlisted_order_that_was_asked_for_last_night_is_asked_for_again(birch: Shopfront) -> None:
    ordered, full = a_settled_order(birch)
    birch.wait(days=1)
    birch.between(Blind)
    assert re_read(birch) == [ordered]
    assert birch.points(ordered) == [full]
    birch.wait(days=1)
    del birch.rig.store.orders[int(ordered)]  # type: ignore[attr-defined]
    assert re_read(birch) == [ordered]
    assert birch.points(ordered) == [0]
