"""Stores that answer calls over real HTTP, for the processes of a workplace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.domain.stores import Store
from core.jobs.effects import run_effects
from integrations.assembly import shop_opener
from tests.fakes.woocommerce import KEY, SECRET, FakeStore, send
from tests.integrations.callers import LOOPBACK
from tests.payloads import a_recent_order, a_refund
from tests.workplace import Workplace
from tests.world import SECRET as WEBHOOK_SECRET
from tests.world import World

NET, REFUNDED = "49.95", "10.00"
POINTS_LEFT = 39
LOOPBACK_SETTING = {"REGULARS_ALLOW_NETWORKS": "127.0.0.0/8"}
_REFUSALS = {
    400: b'{"code": "rest_invalid_param", "message": "No."}',
    401: b'{"code": "woocommerce_rest_cannot_view", "message": "No."}',
    503: b"{}",
}


def connect_reachable(place: Workplace, name: str, fake: FakeStore) -> Store:
    """A store that is called where the fake listens."""
    place.environ |= LOOPBACK_SETTING
    return place.world.connect(name, **connection_of(fake))


def connection_of(fake: FakeStore) -> dict[str, Any]:
    """Where the fake is called, and with which keys."""
    keys = {"webhook_secret": WEBHOOK_SECRET, "consumer_key": KEY, "consumer_secret": SECRET}
    return {"is_offline": False, "url": fake.url, "credentials": keys}


def fetch(world: World, store: Store) -> None:
    """Call the store for what is due, and settle its answers, without dying."""
    settings = replace(world.env.settings, allowed_networks=LOOPBACK)
    run_effects(replace(world.env, shop=shop_opener(settings)), store.store_id)
    world.drain(store)


def an_order_to_fetch(world: World, store: Store, fake: FakeStore, order_id: int) -> None:
    """A refund has been delivered whose lines only the store can tell."""
    refunded = a_recent_order(order_id, NET, refunds=[a_refund(REFUNDED)])
    fake.orders[order_id] = refunded
    fake.refunds[order_id] = [
        {"id": 900, "amount": REFUNDED, "line_items": [], "shipping_lines": [], "fee_lines": []}
    ]
    world.tell(store, refunded)


def is_fetched(world: World, store: Store, order_id: int) -> bool:
    """Whether the store's answer has been settled, and its points are right."""
    answered = "needs_fetch" not in world.inbox(store) and "new" not in world.inbox(store)
    return answered and world.total(store, str(order_id)) == POINTS_LEFT


def refuse_next(fake: FakeStore, status: int) -> None:
    """The next call is answered so."""
    fake.answer_next(lambda handler: send(handler, status, _REFUSALS[status]))
