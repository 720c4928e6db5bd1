"""What no date tells: orders and refunds that were deleted, found by the nightly re-reading."""

from __future__ import annotations

from sandbox.woocommerce import orders
from tests.reconciling.shopfront import Shopfront


def a_settled_order(at: Shopfront) -> tuple[str, int]:
    """One that was told of, and its points."""
    ordered = at.order()
    at.deliver()
    at.wait(hours=1)
    [points] = at.points(ordered)
    assert points > 0
    return ordered, points


def test_a_refund_deleted_over_rest_is_found(birch: Shopfront) -> None:
    ordered, full = a_settled_order(birch)
    store = birch.rig.store  # type: ignore[attr-defined]
    birch.rig.refund_half(ordered)
    birch.deliver()
    assert birch.points(ordered) == [full // 2]
    birch.wait(days=3)
    a_settled_order(birch)
    birch.look()
    orders.delete_refund(store, int(ordered), store.orders[int(ordered)].refunds[0].refund_id)
    birch.look()
    assert birch.points(ordered) == [full // 2]
    birch.look_again()
    assert birch.points(ordered) == [full]


def test_an_order_deleted_without_a_word_is_found(at: Shopfront) -> None:
    kept, full = a_settled_order(at)
    ordered, _ = a_settled_order(at)
    at.wait(days=1)
    del at.rig.store.orders[int(ordered)]  # type: ignore[attr-defined]
    at.look()
    assert at.points(ordered) == [full]
    at.look_again()
    assert at.points(ordered, kept) == [0, full]


def test_an_order_in_the_bin_is_found_at_the_next_look_and_so_is_one_taken_out_of_it(
    birch: Shopfront,
) -> None:
    ordered, full = a_settled_order(birch)
    store = birch.rig.store  # type: ignore[attr-defined]
    orders.trash(store, int(ordered), birch.world.now)
    birch.lose_the_post()
    birch.look()
    assert birch.points(ordered) == [0]
    birch.wait(hours=1)
    orders.set_status(store, int(ordered), "processing", birch.world.now)
    birch.look()
    assert birch.points(ordered) == [full]


def test_an_order_in_the_bin_costs_the_re_reading_nothing(birch: Shopfront) -> None:
    ordered, _ = a_settled_order(birch)
    orders.trash(birch.rig.store, int(ordered), birch.world.now)  # type: ignore[attr-defined]
    birch.deliver()
    birch.look()
    birch.wait(days=1)
    birch.calls.clear()
    birch.look_again()
    assert birch.calls == ["list_orders any", "list_orders trash"]
    assert birch.points(ordered) == [0]


def test_a_re_reading_that_finds_nothing_changes_nothing(at: Shopfront) -> None:
    ordered, full = a_settled_order(at)
    before = at.fetched()
    at.wait(days=1)
    at.look_again()
    assert at.fetched() == before
    assert at.world.points(at.store, ordered) == [full]


def test_many_deleted_orders_are_all_found_by_going_on(birch: Shopfront) -> None:
    deleted = [a_settled_order(birch)[0] for _ in range(25)]
    kept, full = a_settled_order(birch)
    birch.wait(days=1)
    for order_ref in deleted:
        del birch.rig.store.orders[int(order_ref)]  # type: ignore[attr-defined]
    birch.look_again()
    while (row := birch.walk("reread")) is None or row.since is not None:
        birch.wait(seconds=15)
        birch.go_on()
    assert set(birch.points(*deleted)) == {0}
    assert birch.points(kept) == [full]


def test_a_list_that_comes_empty_by_mistake_voids_no_order(at: Shopfront) -> None:
    ordered, full = a_settled_order(at)
    at.wait(days=1)
    held = dict(at.rig.store.orders)  # type: ignore[attr-defined]

    class Forgetful:
        """The store's list is empty although its orders are there."""

        def __init__(self, shop: object) -> None:
            self._shop = shop

        def list_orders(self, which: str, mark: object, asked_at: object) -> object:
            at.rig.store.orders.clear()  # type: ignore[attr-defined]
            try:
                return self._shop.list_orders(which, mark, asked_at)  # type: ignore[attr-defined]
            finally:
                at.rig.store.orders.update(held)  # type: ignore[attr-defined]

        def fetch_order(self, order_ref: str, asked_at: object) -> object:
            return self._shop.fetch_order(order_ref, asked_at)  # type: ignore[attr-defined]

    at.between(Forgetful)
    at.look_again()
    assert at.points(ordered) == [full]


def test_an_order_shopify_no_longer_shows_keeps_its_points(acorn: Shopfront) -> None:
    ordered, full = a_settled_order(acorn)
    acorn.wait(days=20)
    for _ in range(3):
        # Something changes now and then, so that we know it as modified lately.
        acorn.wait(days=15)
        if acorn.rig.store.orders[int(ordered)].refunds == ():  # type: ignore[attr-defined]
            acorn.rig.refund_half(ordered)
        acorn.deliver()
    assert acorn.points(ordered) == [full // 2]
    acorn.wait(days=1)
    acorn.look_again()
    assert "fetch_order" in " ".join(acorn.calls)
    assert acorn.points(ordered) == [full // 2]
