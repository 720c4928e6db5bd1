"""Stores that answer calls over real HTTP, for the processes of a workplace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.config.clock import utc_now
from core.domain.stores import Store
from core.jobs.effects import run_effects
from core.jobs.reconcile import reconcile
from integrations.assembly import shop_opener
from sandbox.woocommerce import orders
from sandbox.woocommerce.bodies import order_json
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.faults import answer
from sandbox.woocommerce.serving import Serving
from sandbox.woocommerce.store import Store as HeldStore
from sandbox.woocommerce.store import add_product
from tests.fakes.birch import ANA, KEY, SECRET, Hands, birch, served
from tests.integrations.callers import LOOPBACK
from tests.workplace import Workplace
from tests.world import SECRET as WEBHOOK_SECRET
from tests.world import World

REFUNDED_MINOR = 1000
POINTS_LEFT = 39
LOOPBACK_SETTING = {"REGULARS_ALLOW_NETWORKS": "127.0.0.0/8"}
_REFUSALS = {
    400: b'{"code": "rest_invalid_param", "message": "No."}',
    401: b'{"code": "woocommerce_rest_cannot_view", "message": "No."}',
    503: b"{}",
}


def connect_reachable(place: Workplace, name: str, running: Serving) -> Store:
    """A store that is called where the stand-in listens."""
    place.environ |= LOOPBACK_SETTING
    return place.world.connect(name, **connection_of(running))


def connection_of(running: Serving) -> dict[str, Any]:
    """Where the stand-in is called, and with which keys."""
    keys = {"webhook_secret": WEBHOOK_SECRET, "consumer_key": KEY, "consumer_secret": SECRET}
    return {"is_offline": False, "url": running.url, "credentials": keys}


def fetch(world: World, store: Store) -> None:
    """Call the store for what is due, and settle its answers, without dying."""
    settings = replace(world.env.settings, allowed_networks=LOOPBACK)
    run_effects(replace(world.env, shop=shop_opener(settings)), store.store_id)
    world.drain(store)


def look(world: World, store: Store) -> None:
    """Look for what the store did not tell, and settle it, without dying."""
    settings = replace(world.env.settings, allowed_networks=LOOPBACK)
    reconcile(replace(world.env, shop=shop_opener(settings)), store.store_id)
    world.drain(store)


@contextmanager
def a_served_store() -> Iterator[Serving]:
    """A store over http that sells a hamper for 49.95, without tax or shipping."""
    opened = birch(currency="EUR", decimals=2, tax_percent=0, shipping_minor=0)
    add_product(opened.store, "Hamper", 4995)
    with served(opened, Hands(utc_now())) as running:
        yield running


def an_order_to_fetch(world: World, store: Store, running: Serving, order_id: int) -> None:
    """A refund has been delivered whose lines only the store can tell. Told again: as a later change."""
    held = running.door.store
    if order_id in held.orders:
        orders.touch(held, order_id, utc_now())
    else:
        _place_and_refund(held, order_id)
    world.tell(store, order_json(held, held.orders[order_id]))


def an_order_nobody_tells_of(running: Serving) -> str:
    """A hamper is ordered and paid for now; its reference."""
    held = running.door.store
    hamper = next(one for one in held.products.values() if one.name == "Hamper")
    return str(place_order(held, Basket(((hamper.product_id, 1),), ANA, customer_id=7), utc_now()).order_id)


def _place_and_refund(held: HeldStore, order_id: int) -> None:
    hamper = next(one for one in held.products.values() if one.name == "Hamper")
    placed_at = utc_now() - timedelta(days=2)
    order = place_order(held, Basket(((hamper.product_id, 1),), ANA, customer_id=7), placed_at)
    held.orders[order_id] = held.orders.pop(order.order_id)
    order.order_id = order_id
    orders.refund(held, order_id, REFUNDED_MINOR, placed_at)


def is_fetched(world: World, store: Store, order_id: int) -> bool:
    """Whether the store's answer has been settled, and its points are right."""
    answered = "needs_fetch" not in world.inbox(store) and "new" not in world.inbox(store)
    return answered and world.total(store, str(order_id)) == POINTS_LEFT


def refuse_next(running: Serving, status: int) -> None:
    """The next call is answered so."""
    running.door.faults.fail(answer(status, _REFUSALS[status]))
