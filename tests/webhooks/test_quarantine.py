"""B8: what was signed for one store, sent again in the name of another that shares its secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from core.db import effects
from core.domain.platform import OrderGone
from core.domain.stores import Store
from core.jobs.effects import run_effects
from core.services.quarantine import foreign_orders
from core.services.settling import Told
from integrations.shopify.fetched import order_body
from sandbox.shopify.order_graphql import graphql
from sandbox.shopify.orders import ShopOrder
from tests import payloads
from tests.cli.conftest import CommandLine, command_line_of
from tests.effort import measured
from tests.fakes.no_codes import NoCodes
from tests.webhooks.test_shopify_deliveries import CLIENT_SECRET, an_order, connect, deliver
from tests.world import World

BEECH = "beech.myshopify.com"


@pytest.fixture
def regulars_anywhere(world: World, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line on `world`."""
    return command_line_of(world, monkeypatch)


@pytest.fixture
def acorn(world: World) -> Store:
    """The store that order 6200000000007 belongs to, and has told of it."""
    store = connect(world)
    deliver(world, an_order())
    world.drain(store)
    assert world.points(store) == [100]
    return store


def told(
    world: World, store: Store, body: bytes, topic: str = "orders/paid", secret: str = CLIENT_SECRET
) -> None:
    """Deliver in this store's name, and settle."""
    assert deliver(world, body, topic, shop=store.webhook_path, secret=secret) == 200
    world.drain(store)


@pytest.mark.usefixtures("acorn")
def test_an_order_of_another_store_is_set_aside_and_gives_nothing(world: World) -> None:
    beech = connect(world, BEECH)
    told(world, beech, an_order())
    assert (world.inbox(beech), world.points(beech)) == ({"quarantined": 1}, [])
    assert world.notices(beech) == ["quarantined"]


@pytest.mark.usefixtures("acorn")
@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("orders/delete", b'{"id": 6200000000007}'),
        ("orders/edited", b'{"order_edit": {"order_id": 6200000000007}}'),
        ("refunds/create", b'{"id": 1, "order_id": 6200000000007}'),
    ],
)
def test_what_only_names_the_order_is_set_aside_too(world: World, topic: str, body: bytes) -> None:
    beech = connect(world, BEECH, is_offline=False)
    told(world, beech, body, topic)
    assert world.inbox(beech) == {"quarantined": 1}


def test_the_other_deliveries_of_the_batch_are_settled(world: World, acorn: Store) -> None:
    beech = connect(world, BEECH)
    deliver(world, an_order(), shop=BEECH)
    told(world, beech, an_order(id=6200000000008))
    assert (world.inbox(beech), world.points(beech)) == ({"quarantined": 1, "done": 1}, [100])

    told(world, acorn, an_order(updated_at="2026-11-21T10:00:00-05:00", line_items=[]))
    assert world.points(acorn) == [100, -100]
    assert "quarantined" not in world.inbox(acorn)


@pytest.mark.usefixtures("acorn")
def test_a_store_with_a_secret_of_its_own_is_taken_at_its_word(world: World) -> None:
    beech = connect(world, BEECH, webhook_secret="beech-secret")
    told(world, beech, an_order(), secret="beech-secret")
    assert world.points(beech) == [100]


@pytest.mark.usefixtures("acorn")
def test_a_secret_that_is_being_replaced_is_shared_as_long_as_it_is_accepted(world: World) -> None:
    beech = connect(world, BEECH, webhook_secret="beech-secret", previous_webhook_secret=CLIENT_SECRET)
    told(world, beech, an_order(), secret="beech-secret")
    assert world.inbox(beech) == {"quarantined": 1}


def test_stores_of_one_app_share_it_also_while_each_has_another_of_its_secrets(world: World) -> None:
    acorn = connect(world, client_id="app")
    told(world, acorn, an_order())
    beech = connect(world, BEECH, webhook_secret="renewed", client_id="app")
    told(world, beech, an_order(), secret="renewed")
    assert world.inbox(beech) == {"quarantined": 1}


def test_who_has_an_order_is_found_without_looking_at_every_store(sqlite_world: World) -> None:
    world = sqlite_world
    beech = connect(world, BEECH)
    message = OrderGone("6200000000007")

    def effort() -> int:
        with world.database.read_all() as everywhere, measured(everywhere) as spent:
            told_of = [Told(1, world.now, message)]
            assert foreign_orders(everywhere, world.env.secrets, beech, told_of) == {}
        return spent.spent

    alone = effort()
    for number in range(20):
        other = connect(world, f"other-{number}.myshopify.com")
        told(world, other, an_order(id=6300000000000 + number))
    assert effort() < alone + 20


def test_orders_of_woocommerce_stores_may_have_the_same_numbers(world: World) -> None:
    birch, larch = world.connect("Birch"), world.connect("Larch")
    for store in (birch, larch):
        world.tell(store, payloads.an_order())
        assert world.points(store) == [49]


@pytest.mark.usefixtures("acorn")
def test_what_the_store_itself_answered_is_its_own(world: World) -> None:
    beech = connect(world, BEECH, is_offline=False)
    order = ShopOrder(order_id=6200000000007)
    body = order_body(graphql(order), world.now)
    with world.database.write(beech.store_id) as db:
        effects.ask(db, beech.store_id, effects.FETCH_ORDER, ["6200000000007"], world.now)

    class Shop(NoCodes):
        def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:  # noqa: ARG002
            return body

    run_effects(replace(world.env, shop=lambda _store, _keys: Shop()), beech.store_id)
    world.drain(beech)
    assert world.inbox(beech) == {"done": 1}
    assert world.points(beech) != []


@pytest.mark.usefixtures("acorn")
def test_somebody_who_looked_it_up_vouches_by_replaying(world: World, regulars_anywhere: CommandLine) -> None:
    beech = connect(world, BEECH)
    told(world, beech, an_order())
    (listed,) = regulars_anywhere("inbox", "quarantined", "--json").lines
    assert (listed["store"], listed["order_ref"]) == ("beech", "6200000000007")

    assert regulars_anywhere("inbox", "replay", listed["id"]).code == 0
    world.wait(minutes=5)
    world.drain(beech)
    assert (world.inbox(beech), world.points(beech)) == ({"done": 1}, [100])
    assert world.notices(beech) == []


LATER = {"updated_at": "2026-11-21T10:00:00-05:00", "line_items": []}


def test_an_order_vouched_for_is_told_of_by_both_stores_from_then_on(
    world: World, acorn: Store, regulars_anywhere: CommandLine
) -> None:
    beech = connect(world, BEECH)
    vouched(world, beech, regulars_anywhere)
    world.drain(beech)
    for store in (acorn, beech):
        told(world, store, an_order(**LATER))
        assert world.points(store) == [100, -100]


@pytest.mark.usefixtures("acorn")
def test_what_is_told_of_it_at_the_same_moment_counts_too(
    world: World, regulars_anywhere: CommandLine
) -> None:
    beech = connect(world, BEECH)
    vouched(world, beech, regulars_anywhere)
    told(world, beech, an_order(**LATER))
    assert (world.inbox(beech), world.points(beech)) == ({"done": 2}, [])


def vouched(world: World, store: Store, regulars: CommandLine) -> None:
    """A delivery in this store's name was set aside, and is back in line."""
    told(world, store, an_order())
    (listed,) = regulars("inbox", "quarantined", "--json").lines
    assert regulars("inbox", "replay", listed["id"]).code == 0
    world.wait(minutes=5)


@pytest.mark.usefixtures("acorn")
def test_replaying_the_dead_vouches_for_nothing(world: World, regulars_anywhere: CommandLine) -> None:
    beech = connect(world, BEECH)
    told(world, beech, an_order())
    regulars_anywhere("inbox", "replay", "--all-dead")
    assert world.inbox(beech) == {"quarantined": 1}


@pytest.mark.usefixtures("acorn")
def test_a_forgery_is_dismissed_and_the_notice_goes(world: World, regulars_anywhere: CommandLine) -> None:
    beech = connect(world, BEECH)
    told(world, beech, an_order())
    (listed,) = regulars_anywhere("inbox", "quarantined", "--json").lines
    assert regulars_anywhere("inbox", "dismiss", listed["id"]).code == 0
    assert (world.inbox(beech), world.notices(beech)) == ({"ignored": 1}, [])
    assert "nothing to dismiss" in regulars_anywhere("inbox", "dismiss", listed["id"]).refusal
