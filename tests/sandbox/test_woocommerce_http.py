"""The stand-in over HTTP: keys, wc-auth, webhooks that reach the product, and failures to order."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.keys import by_signature
from sandbox.woocommerce.outbox import Sending
from sandbox.woocommerce.problems import Problem
from sandbox.woocommerce.rest import Request
from sandbox.woocommerce.serving import Serving
from tests.fakes.birch import ANA, KEY, Birch, Hands, birch, served
from tests.world import NOW, SECRET, World

HOOK = {"topic": "order.created", "delivery_url": "https://regulars.example/x", "secret": "s"}
ASKED = {
    "app_name": "Regulars",
    "scope": "read_write",
    "user_id": "state-1",
    "return_url": "http://regulars.example/back",
    "callback_url": "https://regulars.example/keys",
}


@dataclass
class Receiver:
    """Whoever the store sends to."""

    status: int | None = 200
    got: list[Sending] = field(default_factory=list)

    def send(self, sending: Sending) -> int | None:
        self.got.append(sending)
        return self.status


@pytest.fixture
def opened() -> Birch:
    return birch()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def running(opened: Birch, receiver: Receiver) -> Iterator[Serving]:
    with served(opened, Hands(NOW), send=receiver.send) as running:
        yield running


def call(running: Serving, method: str, path: str, **fields: Any) -> tuple[int, Any]:
    """An authorised call, past the signature."""
    answered = running.door.call(Request(method, f"wc/v3/{path}", {}, fields))
    return answered.status, answered.value


def authorize(running: Serving, page: str = "approve", **changes: str) -> requests.Response:
    query = urlencode(ASKED | changes)
    return requests.get(f"{running.url}/wc-auth/v1/{page}?{query}", allow_redirects=False, timeout=5)


def test_the_page_names_who_asks_and_where_the_keys_go(running: Serving) -> None:
    page = authorize(running, "authorize")
    assert page.status_code == 200
    assert "Regulars would like to connect to your store" in page.text
    assert "https://regulars.example/keys" in page.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"callback_url": "http://regulars.example/keys"}, "needs to be over SSL"),
        ({"scope": "everything"}, "Invalid scope"),
        ({"user_id": ""}, "Missing parameter user_id"),
    ],
)
def test_what_wc_auth_does_not_take_is_refused_at_once(
    running: Serving, changes: dict[str, str], words: str
) -> None:
    for page in ("authorize", "approve"):
        answer = authorize(running, page, **changes)
        assert (answer.status_code, words in answer.text) == (401, True)


def test_approving_hands_the_keys_over_and_leads_back(
    opened: Birch, running: Serving, receiver: Receiver
) -> None:
    answer = authorize(running)
    assert answer.headers["Location"] == "http://regulars.example/back?success=1&user_id=state-1"
    [sending] = receiver.got
    assert sending.url == ASKED["callback_url"]
    told = json.loads(sending.body)
    assert set(told) == {"key_id", "user_id", "consumer_key", "consumer_secret", "key_permissions"}
    key = opened.store.keys[told["key_id"]]
    assert (key.consumer_key, key.consumer_secret) == (told["consumer_key"], told["consumer_secret"])
    authorize(running)
    assert len(opened.store.keys) == 3


@pytest.mark.parametrize("status", [201, 302, 500, None])
def test_keys_that_are_not_taken_with_200_are_taken_back(
    opened: Birch, running: Serving, receiver: Receiver, status: int | None
) -> None:
    receiver.status = status
    answer = authorize(running)
    assert (answer.status_code, "unable to send the consumer data" in answer.text) == (401, True)
    assert list(opened.store.keys) == [opened.key.key_id]


def test_odd_letters_in_the_state_do_not_come_back(running: Serving, receiver: Receiver) -> None:
    authorize(running, user_id="a+b&c=d")
    assert b'"user_id":"a b"' in receiver.got[0].body


def test_a_key_does_what_it_may(opened: Birch, running: Serving) -> None:
    assert requests.get(f"{running.url}/wp-json/", timeout=5).json()["name"] == "Birch"
    orders = f"{running.url}/wp-json/wc/v3/orders"
    for nobody in ({}, {"Authorization": "Basic Y2tfYmlyY2g6Y3NfYmlyY2g="}):
        answer = requests.get(orders, headers=nobody, timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (401, "woocommerce_rest_cannot_view")
    wrongly = {"oauth_consumer_key": KEY, "oauth_signature": "x"}
    with pytest.raises(Problem, match="signature does not match"):
        by_signature(opened.store, "GET", orders, wrongly)


def test_a_parameter_or_field_the_store_does_not_know_is_refused(running: Serving) -> None:
    for path, fields in (("coupons", {"code": "x", "ammount": "1"}), ("webhooks", {**HOOK, "to": "x"})):
        status, value = call(running, "POST", path, **fields)
        assert (status, value["code"]) == (400, "rest_invalid_param")
    answered = running.door.call(Request("GET", "wc/v3/orders", {"since": "2026"}))
    assert answered.status == 400
    assert running.door.call(Request("GET", "wc/v3/carts")).status == 404


@pytest.mark.parametrize("status", [200, 500, None])
def test_a_webhook_is_pinged_before_it_is_answered_and_made_whatever_comes_of_it(
    running: Serving, receiver: Receiver, status: int | None
) -> None:
    receiver.status = status
    answered, made = call(running, "POST", "webhooks", **HOOK)
    assert (answered, made["status"], "secret" in made) == (201, "active", False)
    assert [sending.body for sending in receiver.got] == [f"webhook_id={made['id']}".encode()]
    call(running, "PUT", f"webhooks/{made['id']}", delivery_url="https://regulars.example/y")
    assert receiver.got[-1].url == "https://regulars.example/y"


@pytest.mark.parametrize("topic", ["order.paid", "action.woocommerce_login_credentials", "action.x", ""])
def test_a_topic_nobody_has_is_refused(running: Serving, topic: str) -> None:
    status, value = call(running, "POST", "webhooks", **HOOK | {"topic": topic})
    assert (status, value["code"]) == (400, "woocommerce_rest_shop_webhook_invalid_topic")


def test_failures_can_be_ordered_over_http(running: Serving) -> None:
    asked = requests.post(f"{running.url}/control/faults", json={"faults": ["503", "slow"]}, timeout=5)
    assert asked.json() == {"waiting": 2}
    assert requests.get(f"{running.url}/wp-json/", timeout=5).status_code == 503
    assert requests.delete(f"{running.url}/control/faults", timeout=5).json() == {"waiting": 0}
    began_s = time.monotonic()
    assert requests.get(f"{running.url}/wp-json/", timeout=5).status_code == 200
    assert time.monotonic() - began_s < 2


def test_orders_reach_the_product_and_become_points(sqlite_world: World) -> None:
    store, opened = sqlite_world.connect(currency="JPY"), birch()

    def deliver(sending: Sending) -> int:
        path = urlsplit(sending.url).path
        return sqlite_world.client.post(path, data=sending.body, headers=dict(sending.headers)).status_code

    url = f"https://regulars.example/webhooks/woocommerce/{store.webhook_path}"
    with served(opened, Hands(NOW), send=deliver) as running:
        for topic in ("order.created", "order.updated", "order.deleted"):
            call(running, "POST", "webhooks", topic=topic, delivery_url=url, secret=SECRET)
        call(running, "POST", "coupons", code="ANA-7Q2M", amount="300")
        basket = Basket(((opened.mug.product_id, 2),), ANA, opened.ana.customer_id, ("ana-7q2m",))
        order = place_order(opened.store, basket, NOW)
        assert requests.post(f"{running.url}/control/deliver", timeout=5).json() == {"sent": 2}
        sqlite_world.drain(store)
        # ¥2,700 with tax are ¥2,455 net.
        assert sqlite_world.points(store) == [24]
        running.door.call(Request("DELETE", f"wc/v3/orders/{order.order_id}"))
        running.door.deliver()
        sqlite_world.drain(store)
        assert sqlite_world.total(store) == 0
    assert sqlite_world.dead(store) == []
