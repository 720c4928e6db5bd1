"""Calling a WooCommerce store: over real HTTP, against a small strict store."""

from __future__ import annotations

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.domain.addresses import read_address
from core.domain.errors import (
    Gone,
    Moved,
    NotAnApi,
    PlatformRefused,
    PlatformTrouble,
    StoreUnauthorized,
    Throttled,
    Unreachable,
)
from integrations.outgoing.answer import LARGEST_ANSWER_BYTES
from integrations.outgoing.session import open_session
from integrations.woocommerce.client import PAGE_SIZE, WooCommerceClient
from integrations.woocommerce.connecting import introduce
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.faults import Fault, Kind, raw
from sandbox.woocommerce.faults import answer as an_answer
from sandbox.woocommerce.serving import Serving
from sandbox.woocommerce.store import Order, Refund
from tests.eventually import eventually
from tests.fakes.birch import ANA, KEY, NOW, SECRET, Birch, Hands, birch, served
from tests.fakes.certificates import make_certificates
from tests.integrations.callers import LOOPBACK, SHORT, a_client


def an_order(opened: Birch) -> Order:
    """Ana buys a mug."""
    return place_order(opened.store, Basket(((opened.mug.product_id, 1),), ANA), NOW)


def test_a_store_introduces_itself(client: WooCommerceClient) -> None:
    met = introduce(client)
    assert (met.currency, met.timezone) == ("JPY", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("site", "timezone"),
    [
        ({"timezone_string": "", "gmt_offset": "2"}, "Etc/GMT-2"),
        ({"timezone_string": "", "gmt_offset": -3}, "Etc/GMT+3"),
        ({"timezone_string": "", "gmt_offset": ""}, "UTC"),
        ({"timezone_string": "", "gmt_offset": "0"}, "UTC"),
        ({"timezone_string": "", "gmt_offset": 5.5}, None),
        ({"timezone_string": "Middle/Earth", "gmt_offset": 1}, None),
        ({"timezone_string": "", "gmt_offset": "NaN"}, None),
        ({"timezone_string": "", "gmt_offset": []}, None),
    ],
)
def test_wordpress_offsets_become_zones_where_one_fits(
    store: Serving, client: WooCommerceClient, site: dict[str, Any], timezone: str | None
) -> None:
    store.door.faults.fail(an_answer(200, json.dumps(site).encode()), path="/wp-json/?")
    assert introduce(client).timezone == timezone


def test_a_site_that_hides_its_index_has_no_known_zone(store: Serving, client: WooCommerceClient) -> None:
    hidden = an_answer(401, b'{"code": "rest_not_logged_in"}')
    store.door.faults.fail(hidden, path="/wp-json/?")
    assert introduce(client).timezone is None


def test_a_store_with_a_made_up_currency_is_not_taken(store: Serving, client: WooCommerceClient) -> None:
    store.door.store.currency = "DOUBLOON"
    with pytest.raises(NotAnApi, match="DOUBLOON"):
        introduce(client)


def test_an_order_arrives_without_floats(store: Serving, client: WooCommerceClient) -> None:
    body = b'{"id": 12, "total": "49.95", "line_items": [{"price": 11.214953333333334}]}'
    store.door.faults.fail(an_answer(200, body))
    order = client.order("12")
    assert order["total"] == "49.95"
    assert order["line_items"][0]["price"] == Decimal("11.214953333333334")


def test_an_order_that_is_not_there_is_gone(client: WooCommerceClient) -> None:
    with pytest.raises(Gone, match=r"Invalid ID \(woocommerce_rest_shop_order_invalid_id\)"):
        client.order("12")


def test_refunds_come_all_of_them(opened: Birch, store: Serving, client: WooCommerceClient) -> None:
    order = an_order(opened)
    order.refunds = [Refund(1000 + number, 1, "", NOW) for number in range(PAGE_SIZE + 1)]
    assert len(client.refunds(str(order.order_id))) == PAGE_SIZE + 1
    assert len(store.asked) == 2


def test_refunds_that_come_page_by_page_for_too_long_are_not_waited_for(
    opened: Birch, store: Serving, certificates: tuple[Path, Path]
) -> None:
    order = an_order(opened)
    order.refunds = [Refund(1000 + number, 1, "", NOW) for number in range(5 * PAGE_SIZE)]
    with open_session(LOOPBACK, certificates[0], SHORT) as session:
        client = WooCommerceClient(
            read_address(store.url),
            {"consumer_key": KEY, "consumer_secret": SECRET},
            session,
            pages_within_s=0,
        )
        with pytest.raises(Unreachable, match="too long"):
            client.refunds(str(order.order_id))


def test_changed_orders_come_the_longest_ago_first_in_pages(opened: Birch, client: WooCommerceClient) -> None:
    placed = [an_order(opened) for _ in range(PAGE_SIZE + 2)]
    for minute, order in enumerate(reversed(placed)):
        order.modified_at = NOW + timedelta(minutes=minute)
    placed[-2].status = "trash"
    first = client.orders_modified_after(NOW)
    second = client.orders_modified_after(NOW, page=2)
    assert first.total == second.total == PAGE_SIZE
    wanted = [order.order_id for order in reversed(placed[:-2])]
    assert [order["id"] for order in (*first.orders, *second.orders)] == wanted
    [trashed] = client.orders_modified_after(NOW, status="trash").orders
    assert trashed["id"] == placed[-2].order_id


def test_calls_share_one_connection(store: Serving, client: WooCommerceClient) -> None:
    for _ in range(5):
        client.currency()
    assert store.connections == 1


def test_threads_share_a_session(opened: Birch, store: Serving, certificates: tuple[Path, Path]) -> None:
    placed = [an_order(opened).order_id for _ in range(40)]
    with open_session(LOOPBACK, certificates[0]) as session, ThreadPoolExecutor(8) as pool:
        client = a_client(store.url, session)
        assert [order["id"] for order in pool.map(client.order, map(str, placed))] == placed


def test_stores_of_one_session_know_nothing_of_each_other(certificates: tuple[Path, Path]) -> None:
    with (
        served(birch(), Hands(), certificates[1]) as first,
        served(birch(), Hands(), certificates[1]) as mallory,
        open_session(LOOPBACK, certificates[0]) as session,
    ):
        first.door.faults.fail(an_answer(200, b'{"code": "EUR"}', Set_Cookie="birch=1; Path=/"))
        a_client(first.url, session).currency()
        a_client(first.url, session).currency()
        with pytest.raises(StoreUnauthorized):
            a_client(mallory.url, session, consumer_secret="cs_mallory").currency()
    assert "Cookie" not in first.headers[1]
    assert "Cookie" not in mallory.headers[0]
    assert first.headers[0]["Authorization"] != mallory.headers[0]["Authorization"]


def test_over_http_calls_are_signed_and_keys_stay_out_of_sight() -> None:
    opened = birch()
    an_order(opened)
    with served(opened, Hands(), path="/shop") as store, open_session(LOOPBACK) as session:
        client = a_client(store.url, session)
        assert introduce(client).currency == "JPY"
        assert client.orders_modified_after(NOW - timedelta(days=1)).orders
    assert all("Authorization" not in headers for headers in store.headers)
    assert not any(SECRET in path for path in store.asked)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"consumer_key": "ключ", "consumer_secret": "🔑"}, "cannot list"),
        ({"consumer_secret": "🔑"}, "Consumer secret is invalid"),
    ],
)
def test_keys_of_any_letters_travel(
    store: Serving, certificates: tuple[Path, Path], keys: dict[str, str], words: str
) -> None:
    with (
        open_session(LOOPBACK, certificates[0], SHORT) as session,
        pytest.raises(StoreUnauthorized, match=words),
    ):
        a_client(store.url, session, **keys).currency()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (
            an_answer(401, b'{"code": "woocommerce_rest_cannot_view", "message": "No."}'),
            StoreUnauthorized,
            "keys",
        ),
        (an_answer(403, b"<html>Blocked", "text/html"), StoreUnauthorized, "firewall"),
        (an_answer(404, b"<html>Not found", "text/html"), NotAnApi, "permalinks"),
        (an_answer(404, b'{"code": "rest_no_route", "message": ""}'), NotAnApi, "not active"),
        (an_answer(404, b'{"code": "woocommerce_x", "message": "No order."}'), NotAnApi, "No order"),
        (an_answer(410, b'{"code": "woocommerce_x", "message": "Gone."}'), NotAnApi, "Gone"),
        (an_answer(400, b'{"code": "rest_invalid_param", "message": "Bad."}'), PlatformRefused, "Bad"),
        (an_answer(200, b"<!doctype html><title>Welcome", "text/html"), NotAnApi, "WooCommerce store"),
        (an_answer(200, b""), NotAnApi, "WooCommerce store"),
        (an_answer(201, b'{"code": "EUR"}'), NotAnApi, "201"),
        (an_answer(200, b"[]"), NotAnApi, "something else"),
        (an_answer(200, b'{"code": "EUR", "code": "USD"}'), NotAnApi, "WooCommerce store"),
        (an_answer(200, b'<html><p>\n{"code": "EUR"}'), NotAnApi, "WooCommerce store"),
        (an_answer(200, b'Notice: x\n{"code": "EUR"}\nmore'), NotAnApi, "WooCommerce store"),
        (an_answer(200, b"[" * 100_000), NotAnApi, "WooCommerce store"),
        (an_answer(429, b"", Retry_After="17"), Throttled, "slow down"),
        (an_answer(500, b"<html>critical error", "text/html"), Unreachable, "500"),
        (an_answer(503, b"<html>Maintenance", "text/html", Retry_After="600"), Unreachable, "503"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), Unreachable, "cannot be reached"),
        (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), Unreachable, "cannot be reached"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300), Unreachable, "cannot be reached"),
        (raw(), Unreachable, "cannot be reached"),
        (an_answer(200, b"not gzip", Content_Encoding="gzip"), Unreachable, "cannot be reached"),
    ],
)
def test_whatever_a_store_answers_is_one_of_our_errors(
    store: Serving,
    client: WooCommerceClient,
    answer: Fault,
    error: type[PlatformTrouble],
    words: str,
) -> None:
    store.door.faults.fail(answer)
    with pytest.raises(error, match=words) as raised:
        client.currency()
    assert type(raised.value) is error
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"code": "EUR"}',
        b'<br />\n<b>Warning</b>:  Undefined array key "x" in <b>/srv/a.php</b> on line <b>3</b><br />\n'
        b'{"code": "EUR"}',
        b'Notice: [x] is {odd}\n[debug]\n{"code": "EUR"}',
    ],
)
def test_notices_of_php_before_the_answer_are_passed_over(
    store: Serving, client: WooCommerceClient, body: bytes
) -> None:
    store.door.faults.fail(an_answer(200, body, "text/html"))
    assert client.currency() == "EUR"


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_handed_on_within_reason(
    store: Serving, client: WooCommerceClient, headers: dict[str, str], wait_s: int | None
) -> None:
    store.door.faults.fail(Fault(Kind.ANSWER, status=429, headers=headers))
    with pytest.raises(Throttled) as raised:
        client.currency()
    assert raised.value.retry_after_s == wait_s


def test_a_date_to_wait_for_is_measured_by_the_answers_own_clock(
    store: Serving, client: WooCommerceClient
) -> None:
    lines = (
        b"HTTP/1.1 503 Busy",
        b"Date: Fri, 20 Nov 2026 10:00:00 GMT",
        b"Retry-After: Fri, 20 Nov 2026 10:02:00 GMT",
        b"Content-Length: 0",
    )
    store.door.faults.fail(raw(b"\r\n".join(lines) + b"\r\n\r\n"))
    with pytest.raises(Unreachable) as raised:
        client.currency()
    assert raised.value.retry_after_s == 120


@pytest.mark.parametrize(
    ("location", "words"),
    [
        (
            "https://www.shop.example/wp-json/wc/v3/data/currencies/current",
            "use https://www.shop.example inst",
        ),
        ("/laden/wp-json/wc/v3/data/currencies/current?x=1", r"use https://127.0.0.1:\d+/laden inst"),
        ("/wp-json/wc/v3/data/currencies/current?again=1", "circle"),
        ("javascript:alert(1)", "elsewhere"),
        ("", "elsewhere"),
    ],
)
def test_redirects_are_not_followed_but_told(
    store: Serving, client: WooCommerceClient, location: str, words: str
) -> None:
    store.door.faults.fail(an_answer(301, b"", Location=location))
    with pytest.raises(Moved, match=words):
        client.currency()
    assert len(store.asked) == 1


def test_the_body_of_a_redirect_is_not_even_read(store: Serving, client: WooCommerceClient) -> None:
    megabyte = bytes(1024 * 1024)
    store.door.faults.fail(
        raw(b"HTTP/1.1 302 Found\r\nLocation: https://a.example/\r\n\r\n", *[megabyte] * 200)
    )
    with pytest.raises(Moved):
        client.currency()
    eventually(lambda: store.hung_up == 1)


def test_answers_beyond_the_cap_are_cut_off(store: Serving, client: WooCommerceClient) -> None:
    bomb = gzip.compress(bytes(LARGEST_ANSWER_BYTES + 1))
    assert len(bomb) < 20_000
    store.door.faults.fail(an_answer(200, bomb, Content_Encoding="gzip"))
    with pytest.raises(PlatformRefused, match="more than 10 MB"):
        client.currency()


HEADER = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"", pause_s=2),
        raw(HEADER, *[b"X"] * 40, pause_s=0.1),
        raw(HEADER + b"Content-Length: 40\r\n\r\n", *[b" "] * 40, pause_s=0.1),
        raw(HEADER + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 40, pause_s=0.1),
    ],
    ids=["silence", "dripping headers", "dripping body", "dripping chunks"],
)
def test_a_slow_store_is_left_in_time(store: Serving, client: WooCommerceClient, answer: Fault) -> None:
    store.door.faults.fail(answer)
    began_s = time.monotonic()
    with pytest.raises(Unreachable, match="did not answer in time"):
        client.currency()
    assert time.monotonic() - began_s < 1.5


def test_a_store_that_does_not_listen_is_unreachable(certificates: tuple[Path, Path]) -> None:
    with served(birch(), Hands(), certificates[1]) as store:
        pass
    with (
        open_session(LOOPBACK, certificates[0], SHORT) as session,
        pytest.raises(Unreachable, match="refused"),
    ):
        a_client(store.url, session).currency()


def test_a_certificate_of_nobody_we_trust_is_refused(store: Serving) -> None:
    with open_session(LOOPBACK) as session, pytest.raises(Unreachable, match="certificate"):
        a_client(store.url, session).currency()
    assert store.asked == []


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    authority, other = make_certificates(tmp_path, ["other.example"])
    with (
        served(birch(), Hands(), other) as store,
        open_session(LOOPBACK, authority) as session,
        pytest.raises(Unreachable, match="certificate"),
    ):
        a_client(store.url, session).currency()
    assert store.asked == []


def test_the_site_itself_is_asked_without_keys_which_wordpress_does_not_know(
    store: Serving, client: WooCommerceClient
) -> None:
    assert client.site()["timezone_string"] == "Asia/Tokyo"
    assert "Authorization" not in store.headers[0]
    client.currency()
    assert "Authorization" in store.headers[1]
