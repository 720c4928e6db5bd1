"""What becomes of orders from before the store was connected is the merchant's choice, and seen by her."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from core.jobs.drain import take_store
from core.jobs.reconcile import walk_on
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.faults import answer
from tests.admin.merchant import Merchant, in_words
from tests.fakes.birch import ANA
from tests.shopify_install import Acorn

AT = "/admin/stores/1"


def order_before(her: Merchant, orders: int) -> None:
    """Ana buys mugs while nobody listens."""
    first_at = her.world.now - timedelta(days=2)
    for at_s in range(orders):
        placed_at = first_at + timedelta(seconds=at_s)
        place_order(her.birch.store, Basket(((her.birch.mug.product_id, 1),), ANA, 1), placed_at)
    her.connect()


def choose(her: Merchant, choice: str, since: str = "") -> TestResponse:
    return her.send_form(f"{AT}/past-orders", past_orders=choice, since=since)


def take_in(her: Merchant) -> None:
    """A worker goes on until all of it is settled."""
    for _ in range(4):
        walk_on(her.world.env, 1)
        her.world.drain(her.only_store())
        her.world.wait(seconds=2)


def slow_down(her: Merchant) -> None:
    """The store has trouble with the second page of past orders, and with it alone."""
    her.store.door.faults.fail(answer(503), path="modified_after=2026")


def test_a_new_store_s_past_orders_are_left_out_until_she_says_otherwise(her: Merchant) -> None:
    order_before(her, 1)
    page = in_words(her.get(AT))
    assert "Orders from before Left out" in page
    take_in(her)
    assert her.world.total(her.only_store()) == 0


def test_the_page_after_connecting_asks_already(her: Merchant) -> None:
    order_before(her, 1)
    assert f'action="{AT}/past-orders"' in her.get("/admin/connect/attempts/1").text


@pytest.mark.parametrize(
    ("choice", "points", "words"), [("award", 26, "with points"), ("known", 0, "without")]
)
def test_taken_in_with_points_or_without_and_the_page_says_so_afterwards(
    her: Merchant, choice: str, points: int, words: str
) -> None:
    order_before(her, 2)
    assert choose(her, choice).status_code == 303
    take_in(her)
    assert her.world.total(her.only_store()) == points
    assert re.search(rf"2 orders taken in on \d+ \w+ \d+ , {words}", in_words(her.get(AT)))


def test_orders_placed_before_the_day_she_types_stay_out(her: Merchant) -> None:
    order_before(her, 2)
    choose(her, "award", since=f"{her.world.now:%Y-%m-%d}")
    take_in(her)
    assert her.world.total(her.only_store()) == 0


@pytest.mark.parametrize("since", ["yesterday", "2999-01-01", "1850-01-01"])
def test_a_day_that_will_not_do_changes_nothing_and_is_said_where_she_typed_it(
    her: Merchant, since: str
) -> None:
    order_before(her, 1)
    answered = choose(her, "award", since=since)
    assert answered.status_code == 422
    assert "day" in re.findall(r'role="alert">([^<]+)<', answered.text)[0]
    assert "Left out" in in_words(her.get(AT))


def test_while_it_runs_the_page_shows_how_far_it_is_and_renews_itself_without_scripts(her: Merchant) -> None:
    order_before(her, 150)
    choose(her, "known")
    slow_down(her)
    take_in(her)
    page = her.get(AT)
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert 'max="150" value="100"' in page.text
    assert "100 orders of 150 looked at" in in_words(page)
    assert "It waits" in in_words(page)
    her.world.wait(minutes=2)
    assert "about a minute left" in in_words(her.get(AT))


def test_stopping_keeps_what_was_taken_in(her: Merchant) -> None:
    order_before(her, 150)
    choose(her, "award")
    slow_down(her)
    walk_on(her.world.env, 1)
    choose(her, "out")
    her.world.wait(minutes=5)
    take_in(her)
    assert her.world.total(her.only_store()) == 100 * 13
    assert "Left out" in in_words(her.get(AT))


def test_a_form_without_her_token_starts_nothing(her: Merchant) -> None:
    order_before(her, 1)
    path = f"{AT}/past-orders"
    sent = her.browser.post(path, data={"past_orders": "award"}, base_url="https://loyalty.example")
    assert sent.status_code == 403
    assert "Left out" in in_words(her.get(AT))


def test_while_orders_are_being_counted_she_is_asked_to_press_again(
    her: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.alone.PATIENCE_S", 0.0)
    order_before(her, 1)
    assert take_store(her.world.env, 1) is not None
    answered = choose(her, "award")
    assert answered.status_code == 422
    assert "Press the button once more" in in_words(answered)


# -- within Shopify's admin


def send(shop: Acorn, proof: str, **fields: str) -> TestResponse:
    """The script on the app's page sends the form."""
    return shop.world.client.post(
        "/shopify/past-orders", data=fields, headers={"Authorization": f"Bearer {proof}"}
    )


def test_in_shopify_s_admin_the_choice_carries_a_session_token_and_nothing_goes_without(shop: Acorn) -> None:
    shop.order()
    shop.world.wait(days=2)
    assert 'hx-boost:inherited="true"' in shop.visit().text
    refused = send(shop, "", past_orders="award")
    assert refused.status_code == 401
    assert refused.headers["X-Shopify-Retry-Invalid-Session-Request"] == "1"
    assert "Left out" in in_words(shop.visit())

    running = send(shop, shop.id_token(), past_orders="known")
    assert running.status_code == 303
    assert "Being taken in" in in_words(shop.visit())
    for _ in range(4):
        walk_on(shop.env, shop.store.store_id)
        shop.work()
        shop.world.wait(seconds=30)
    assert "1 order taken in on" in in_words(shop.visit())
    assert shop.world.total(shop.store) == 0
