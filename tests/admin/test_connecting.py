"""Connecting a WooCommerce store: from its address to the first order that gives points."""

from __future__ import annotations

import gzip
import json
import socket
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.domain.stores import StoreState
from core.jobs.beat import TICKS, stores_due, tick
from core.jobs.connect import try_keys
from core.jobs.effects import run_effects
from core.services.signing_in import make_link
from integrations.outgoing.answer import LARGEST_ANSWER_BYTES
from sandbox.woocommerce.faults import answer
from sandbox.woocommerce.store import add_key
from tests.admin.merchant import HERE, Merchant, in_words
from tests.deaths import Died, killed_at
from tests.robust import points
from tests.world import app_over

TOPICS = {
    *("order.created", "order.updated", "order.deleted", "order.restored"),
    *("customer.created", "customer.updated", "customer.deleted", "action.woocommerce_delete_order"),
}


def kept_keys(her: Merchant) -> int:
    """Keys that came and are kept, tried or not."""
    with her.world.database.read_all() as db:
        return int(db.exec_driver_sql("SELECT count(*) FROM connect_keys").scalar_one())


def another_browser(her: Merchant, token: str = "another-link") -> None:
    """From here on she sits at another browser, signed in as well."""
    with her.world.database.write_all() as db:
        make_link(db, token, her.world.now)
    her.browser = app_over(her.world.env).test_client()
    assert her.browser.post(f"/admin/sign-in/{token}", base_url=HERE).status_code == 303


# -- the way it should go


def test_a_store_is_connected_by_its_address_and_an_approval_and_its_next_order_gives_points(
    her_on_either: Merchant,
) -> None:
    her = her_on_either
    asked = her.ask()
    assert asked.headers["Location"].startswith(f"{her.url}/wc-auth/v1/authorize?")
    back = her.approve(asked)
    waiting = her.get(her.get(back.headers["Location"]).headers["Location"])
    assert "1 of 3 steps done" in in_words(waiting)

    her.work()
    done = her.get(waiting.request.path)
    assert "Birch is connected 8 webhooks" in in_words(done)
    store = her.only_store()
    assert (store.name, store.url, store.currency, store.zone.key) == ("Birch", her.url, "JPY", "Asia/Tokyo")
    assert set(her.kept_hooks().values()) == TOPICS

    her.buy()
    assert her.world.total(store) == 13
    assert "Points earned 13" in in_words(her.get("/admin"))


def test_the_store_is_asked_for_what_we_need_and_told_where_we_are(her: Merchant) -> None:
    asked = parse_qs(urlsplit(her.ask().headers["Location"]).query)
    assert asked["scope"] == ["read_write"]
    assert asked["app_name"] == ["Regulars"]
    assert asked["callback_url"] == [f"{HERE}/connect/woocommerce/callback"]
    assert asked["return_url"] == [f"{HERE}/admin/connect/woocommerce/back"]
    assert set(asked["user_id"][0]) <= set("0123456789abcdef")


def test_the_page_that_waits_goes_on_by_itself_without_script_too(her: Merchant) -> None:
    state = her.state_asked()
    page = her.get(her.get(f"/admin/connect/woocommerce/back?success=1&user_id={state}").headers["Location"])
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text
    her.bring(state)
    her.work()
    assert "refresh" not in her.get(page.request.path).text


def test_the_button_in_the_store_leads_to_the_form_with_its_address_in_it(her: Merchant) -> None:
    there = her.get(f"/connect/woocommerce?store={her.url}")
    assert there.status_code == 303
    assert f'value="{her.url}"' in her.get(there.headers["Location"]).text


def test_a_no_at_the_store_is_said_and_changes_nothing(her: Merchant) -> None:
    state = her.state_asked()
    page = her.get(f"/admin/connect/woocommerce/back?success=0&user_id={state}")
    assert "You did not approve it there" in in_words(page)
    assert her.bring(state) == 200


# -- the callback, which nobody signs (B43 to B45)


def test_b43_a_state_nobody_gave_out_is_answered_404_and_nothing_is_kept(her: Merchant) -> None:
    her.state_asked()
    for state in ("0" * 40, "", "a b", "x" * 300):
        assert her.bring(state) == 404
    assert her.world.client.post("/connect/woocommerce/callback", data=b"{").status_code == 404
    assert her.world.client.post("/connect/shopify/callback", json={}).status_code == 404
    assert her.world.client.post("/connect/elsewhere/callback", json={}).status_code == 404
    assert kept_keys(her) == 0
    assert her.world.bells.rung == []


def test_b43_a_state_is_good_for_a_quarter_of_an_hour(her: Merchant) -> None:
    state = her.state_asked()
    her.world.wait(minutes=15)
    assert her.bring(state) == 404
    assert kept_keys(her) == 0


def test_b43_a_state_that_led_to_a_connection_is_used_up(her: Merchant) -> None:
    state = her.state_asked()
    assert her.bring(state) == 200
    her.work()
    her.world.wait(minutes=1)
    assert her.bring(state) == 404
    assert kept_keys(her) == 0
    assert her.number_of_stores() == 1


def test_b43_a_state_ends_with_the_session_that_asked(her: Merchant) -> None:
    state = her.state_asked()
    her.send_form("/admin/sign-out")
    assert her.bring(state) == 404


def test_b44_keys_of_another_shop_do_not_let_us_in_where_the_merchant_said(her: Merchant) -> None:
    state = her.state_asked()
    assert her.bring(state, consumer_key="ck_mallory", consumer_secret="cs_mallory") == 200
    her.work()
    page = in_words(her.get("/admin/connect/attempts/1"))
    assert "is not connected" in page
    assert "does not accept the keys" in page
    assert her.number_of_stores() == 0
    assert kept_keys(her) == 0
    assert all("cs_mallory" not in path for path in her.store.asked)


def test_b45_keys_that_may_only_read_are_refused_and_the_merchant_reads_why(her: Merchant) -> None:
    state = her.state_asked()
    assert her.bring(state, key_permissions="read") == 200
    assert kept_keys(her) == 0
    her.work()
    assert "may only read" in in_words(her.get("/admin/connect/attempts/1"))
    assert her.number_of_stores() == 0


def test_keys_that_say_they_may_write_and_may_not_end_in_a_notice(her: Merchant) -> None:
    key = add_key(her.birch.store, "read")
    state = her.state_asked()
    her.bring(state, consumer_key=key.consumer_key, consumer_secret=key.consumer_secret)
    her.work()
    assert "does not let us keep its webhooks" in in_words(her.get("/admin"))


def test_a_double_click_on_approve_connects_once_with_the_key_that_came_first(her: Merchant) -> None:
    asked = her.ask()
    assert [her.approve(asked).status_code for _ in range(2)] == [302, 302]
    assert kept_keys(her) == 2
    her.work()
    # The worker was quick: the second click of an impatient hand is no error either.
    assert her.approve(asked).status_code == 302
    her.work()
    assert her.number_of_stores() == 1
    assert len(her.kept_hooks()) == len(her.birch.store.webhooks) == 8
    assert kept_keys(her) == 0
    first = her.birch.store.keys[2]
    with her.world.database.read_all() as db:
        sealed = db.exec_driver_sql("SELECT credentials FROM stores").scalar_one()
    assert her.world.env.secrets.unseal(sealed)["consumer_key"] == first.consumer_key


def test_the_second_key_is_tried_when_the_first_lets_nobody_in(her: Merchant) -> None:
    state = her.state_asked()
    her.bring(state, consumer_key="ck_gone", consumer_secret="cs_gone")
    her.bring(state)
    her.work()
    assert her.only_store().state is StoreState.CONNECTED


def test_a_key_that_comes_while_the_first_is_tried_in_vain_is_not_forgotten(her: Merchant) -> None:
    state = her.state_asked()
    her.bring(state, consumer_key="ck_gone", consumer_secret="cs_gone")
    her.world.bells.rung.clear()

    def bring_another(point: str) -> None:
        if point == "connect.claimed":
            her.bring(state)

    assert try_keys(replace(her.world.env, reach=bring_another), 1) == 0
    her.work()
    assert her.only_store().state is StoreState.CONNECTED


def test_a_stranger_cannot_fill_the_house_with_keys(her: Merchant) -> None:
    state = her.state_asked()
    assert [her.bring(state) for _ in range(6)] == [200, 200, 200, 200, 200, 404]


# -- whose attempt it is


def test_a_state_of_another_session_is_refused(her: Merchant) -> None:
    state = her.state_asked()
    another_browser(her)
    assert her.get(f"/admin/connect/woocommerce/back?success=1&user_id={state}").status_code == 404
    answer = her.get("/admin/connect/attempts/1")
    assert answer.status_code == 404
    assert "in the browser it was begun in" in in_words(answer)


def test_nobody_sees_or_begins_anything_without_being_signed_in(her: Merchant) -> None:
    her.connect()
    her.browser = app_over(her.world.env).test_client()
    for path in ("/admin", "/admin/connect", "/admin/connect/attempts/1", "/admin/stores/1"):
        assert her.get(path).status_code == 303
        assert "Birch" not in her.get(path).text
    for path in ("/admin/connect/woocommerce", "/admin/stores/1/disconnect"):
        assert her.browser.post(path, data={"url": her.url}, base_url=HERE).status_code == 303
    assert her.only_store().state is StoreState.CONNECTED


# -- addresses (B46 to B48)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("http://shop.example", "over https"),
        ("https://127.0.0.1", "not on the internet"),
        ("https://[::1]", "not on the internet"),
        ("https://169.254.169.254", "not on the internet"),
        ("https://0x7f.1", "not a host name"),
        ("https://localhost.", "not on the internet"),
        ("https://user:pw@shop.example", "no user name or password"),
        ("https://shop.example:6379", "port 443"),
        ("ftp://shop.example", "not the address of a store"),
        ("https://shop.example/#cart", "leave out"),
        ("", "not the address of a store"),
    ],
)
def test_b46_what_is_no_address_of_a_store_on_the_internet_is_refused_with_what_works(
    her: Merchant, typed: str, says: str
) -> None:
    settings = replace(her.world.env.settings, allowed_networks=())
    her.browser.application.extensions["regulars"] = replace(her.world.env, settings=settings)
    page = her.ask(typed)
    assert page.status_code == 422
    assert says in in_words(page)
    assert her.store.asked == []


def test_b46_the_path_of_a_store_is_kept_and_https_goes_without_saying(her: Merchant) -> None:
    assert her.ask(f"{her.url}/shop/").status_code == 422
    assert her.store.asked == ["/shop/wp-json/?_fields=name%2Ctimezone_string%2Cgmt_offset%2Cnamespaces"]
    assert her.ask(her.url.removeprefix("https://")).status_code == 303


def test_b47_a_name_that_leads_into_a_private_network_by_now_is_not_followed_there(
    her: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to, resolve = ["127.0.0.1"], socket.getaddrinfo

    def answer_of_name_server(host: Any, *args: Any, **kwargs: Any) -> Any:
        return resolve(leads_to[0] if host == "localhost" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", answer_of_name_server)
    asked = her.ask(her.url.replace("127.0.0.1", "localhost"))
    leads_to[0] = "10.0.0.5"
    her.bring(parse_qs(urlsplit(asked.headers["Location"]).query)["user_id"][0])
    her.work()
    assert "localhost leads to 10.0.0.5, which is not called" in in_words(
        her.get("/admin/connect/attempts/1")
    )
    assert len(her.store.asked) == 1
    assert her.number_of_stores() == 0


def test_b48_a_redirect_is_not_followed_but_offered_as_the_address_to_use(her: Merchant) -> None:
    her.store.door.faults.ahead.append(answer(301, Location="https://www.shop.example/wp-json/"))
    page = her.ask()
    assert page.status_code == 422
    assert "use https://www.shop.example instead" in in_words(page)
    assert 'name="url" value="https://www.shop.example"' in page.text
    assert len(her.store.asked) == 1


def test_b48_a_redirect_into_a_private_network_is_neither_followed_nor_offered(her: Merchant) -> None:
    her.store.door.faults.ahead.append(answer(302, Location="https://10.0.0.1/wp-json/"))
    page = her.ask()
    assert "https://10.0.0.1 is not on the internet" in in_words(page)
    assert 'name="url" value="https://10.0.0.1"' not in page.text
    assert len(her.store.asked) == 1


@pytest.mark.parametrize(
    ("public_url", "says"),
    [
        ("http://loyalty.example", "over https only"),
        ("https://loyalty.example:9000", "port 443 or 8080 or 80"),
        ("https://localhost:443", "Only machines near this one"),
    ],
)
def test_a_server_no_store_reaches_says_so_before_the_merchant_leaves(
    her: Merchant, public_url: str, says: str
) -> None:
    settings = replace(her.world.env.settings, public_url=public_url, allowed_networks=())
    with her.world.database.write_all() as db:
        make_link(db, "fresh", her.world.now)
    app = app_over(replace(her.world.env, settings=settings))
    browser = app.test_client()
    browser.post("/admin/sign-in/fresh", base_url=public_url)
    page = browser.get("/admin/connect", base_url=public_url)
    assert says in in_words(page)


# -- stores in trouble


def test_a_store_that_does_not_answer_is_asked_again_until_the_time_is_over(her: Merchant) -> None:
    state = her.state_asked()
    her.store.door.faults.ahead += [answer(503)]
    her.bring(state)
    her.work()
    assert "has trouble of its own" in in_words(her.get("/admin/connect/attempts/1"))
    her.world.wait(seconds=5)
    connect = next(one for one in TICKS if one.name == "connect")
    assert stores_due(her.world.env, connect) == [1]
    her.get("/admin/connect/attempts/1")
    her.work()
    assert her.only_store().state is StoreState.CONNECTED


def test_a_store_that_stays_silent_is_given_up_with_the_reason(her: Merchant) -> None:
    state = her.state_asked()
    her.bring(state)
    her.world.wait(minutes=15)
    her.store.door.faults.ahead += [answer(503)]
    her.work()
    page = in_words(her.get("/admin/connect/attempts/1"))
    assert "is not connected" in page
    assert kept_keys(her) == 0


@pytest.mark.parametrize("point", [*points.CONNECTING, *points.MAKING_HOOKS])
def test_a_worker_that_dies_on_the_way_is_followed_by_one_that_finishes(her: Merchant, point: str) -> None:
    state = her.state_asked()
    her.bring(state)
    her.world.bells.rung.clear()
    name, _, visit = point.partition(":")
    dying = killed_at(her.world.env, name, int(visit or 1))
    with pytest.raises(Died):
        try_keys(dying, 1) and run_effects(dying, 1)
    her.world.wait(minutes=6)
    tick(her.world.env)
    her.work()
    assert her.number_of_stores() == 1
    assert set(her.kept_hooks()) == {str(number) for number in her.birch.store.webhooks}
    assert sorted(her.kept_hooks().values()) == sorted(TOPICS)
    assert kept_keys(her) == 0


def test_b49_an_answer_that_swells_to_more_than_ten_megabytes_is_not_read_to_its_end(her: Merchant) -> None:
    bomb = gzip.compress(bytes(LARGEST_ANSWER_BYTES + 1))
    her.store.door.faults.ahead.append(answer(200, bomb, Content_Encoding="gzip"))
    assert "answered with more than 10 MB" in in_words(her.ask())


def test_a_site_without_woocommerce_is_told_so_before_the_merchant_leaves(her: Merchant) -> None:
    site = json.dumps({"name": "A blog", "namespaces": ["wp/v2"]}).encode()
    her.store.door.faults.ahead.append(answer(200, site))
    assert "WooCommerce is not active" in in_words(her.ask())
