"""`regulars audit` and `regulars store import`, over a store that answers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core.config.clock import utc_now
from core.domain.stores import Store
from core.jobs.completeness import NEVER_TOLD, NOT_LISTED, OLDER_HERE
from sandbox.woocommerce import orders
from sandbox.woocommerce.bodies import order_json
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.serving import Serving
from tests.cli.conftest import CommandLine, Ran
from tests.fakes.birch import ANA
from tests.robust.fetching import connection_of
from tests.world import World

AUDIT = ("audit", "--store", "Birch")


@pytest.fixture
def birch(shop: Serving, sqlite_world: World) -> Store:
    """The store, connected for two months."""
    sqlite_world.wait(days=-60)
    store = sqlite_world.connect(currency="JPY", **connection_of(shop))
    sqlite_world.wait(days=60)
    return store


def placed(shop: Serving, days_ago: float) -> int:
    """Ana orders a mug; nobody is told."""
    mug = next(one for one in shop.door.store.products.values() if one.name == "Mug")
    at = utc_now() - timedelta(days=days_ago)
    return place_order(shop.door.store, Basket(((mug.product_id, 1),), ANA, customer_id=1), at).order_id


def told(world: World, birch: Store, shop: Serving, order_id: int) -> None:
    world.tell(birch, order_json(shop.door.store, shop.door.store.orders[order_id]))


def missing(ran: Ran) -> dict[str, str]:
    """Why each order is missing, by its reference."""
    assert ran.code == 1, ran.err
    return {one["order_ref"]: one["why"] for one in json.loads(ran.out)["missing"]}


def test_a_store_of_which_everything_is_here_is_complete(
    regulars: CommandLine, sqlite_world: World, birch: Store, shop: Serving
) -> None:
    told(sqlite_world, birch, shop, placed(shop, 3))
    ran = regulars(*AUDIT)
    assert (ran.code, "✓ Birch: all 1 paid orders are settled here." in ran.out) == (0, True)


def test_what_is_missing_is_named_and_fetched_by_one_action(
    regulars: CommandLine, sqlite_world: World, birch: Store, shop: Serving
) -> None:
    told(sqlite_world, birch, shop, placed(shop, 3))
    lost = placed(shop, 2)
    ran = regulars(*AUDIT)
    assert ran.code == 1
    assert f"{lost}, placed" in ran.out
    assert "1 of 2 paid orders are settled here" in ran.out
    assert regulars(*AUDIT, "--fetch").code == 0
    assert sqlite_world.total(birch, str(lost)) > 0
    assert regulars(*AUDIT, "--json").json["missing"] == []


def test_every_way_to_differ_is_told_apart(
    regulars: CommandLine, sqlite_world: World, birch: Store, shop: Serving
) -> None:
    held = shop.door.store
    never, cancelled, gone, here = (placed(shop, days) for days in (9, 8, 7, 6))
    for order_id in (cancelled, gone, here):
        told(sqlite_world, birch, shop, order_id)
    orders.set_status(held, cancelled, "cancelled", utc_now() - timedelta(days=1))
    del held.orders[gone]
    unpaid, fresh = placed(shop, 5), placed(shop, 0)
    held.orders[unpaid].status = "pending"
    assert missing(regulars(*AUDIT, "--json")) == {
        str(never): NEVER_TOLD,
        str(cancelled): OLDER_HERE,
        str(gone): NOT_LISTED,
    }
    document = regulars(*AUDIT, "--json", "--fetch").json
    assert document["missing"] == []
    assert sqlite_world.total(birch, str(cancelled)) == sqlite_world.total(birch, str(gone)) == 0
    assert sqlite_world.total(birch, str(here)) == sqlite_world.total(birch, str(never)) > 0
    assert sqlite_world.total(birch, str(fresh)) == 0
    assert document["on_their_way"] == 1


def test_only_orders_placed_since_are_compared(regulars: CommandLine, birch: Store, shop: Serving) -> None:
    placed(shop, 30)
    assert regulars(*AUDIT, "--since", "7d").code == 0
    assert regulars(*AUDIT).code == 1
    day = f"{utc_now() - timedelta(days=31):%Y-%m-%d}"
    assert regulars(*AUDIT, "--since", day).code == 1
    assert "write one such as" in regulars(*AUDIT, "--since", "soon").refusal


def test_a_store_that_is_never_called_or_does_not_answer_is_refused_in_one_sentence(
    regulars: CommandLine, sqlite_world: World
) -> None:
    sqlite_world.connect()
    assert "not called" in regulars(*AUDIT).refusal
    importing = ("store", "import", "--store", "Birch", "--since", "all", "--points", "none")
    assert "never called" in regulars(*importing).refusal


def test_past_orders_are_taken_in_by_one_command(
    regulars: CommandLine, sqlite_world: World, birch: Store, shop: Serving
) -> None:
    past = [placed(shop, 80 - number) for number in range(5)]
    before = regulars(*AUDIT, "--since", "90d")
    assert (before.code, "5 orders from before the store was connected" in before.out) == (0, True)
    ran = regulars("store", "import", "--store", "Birch", "--since", "all", "--points", "award")
    assert (ran.code, ran.err) == (0, "")
    assert "looked at 5 orders" in ran.out
    assert all(sqlite_world.total(birch, str(order_id)) > 0 for order_id in past)
    after = regulars(*AUDIT, "--since", "90d")
    assert (after.code, "all 5 paid orders are settled here" in after.out) == (0, True)


def test_without_points_past_orders_are_known_and_worth_nothing(
    regulars: CommandLine, sqlite_world: World, birch: Store, shop: Serving
) -> None:
    day = f"{utc_now() - timedelta(days=70):%Y-%m-%d}"
    placed(shop, 80)
    late = placed(shop, 65)
    ran = regulars("store", "import", "--store", "Birch", "--since", day, "--points", "none")
    assert ran.code == 0, ran.err
    assert sqlite_world.entries(birch) == []
    document = regulars(*AUDIT, "--since", "90d", "--json").json
    assert (document["from_before"], [one["settled"] for one in document["days"]]) == (1, [1])
    orders.refund(shop.door.store, late, 500, utc_now())
    told(sqlite_world, birch, shop, late)
    assert sqlite_world.entries(birch) == []
