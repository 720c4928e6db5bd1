"""Calling a WooCommerce store: over real HTTP, against a small strict store."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
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
from tests.fakes.certificates import make_certificates
from tests.fakes.woocommerce import KEY, SECRET, FakeStore, fake_store, send
from tests.integrations.callers import LOOPBACK, SHORT, a_client

Answer = Callable[[BaseHTTPRequestHandler], None]


def an_answer(status: int, body: bytes, content_type: str = "application/json", **headers: str) -> Answer:
    """A whole answer for `FakeStore.answer_next`."""
    return lambda handler: send(handler, status, body, content_type, **headers)


def raw(*parts: bytes, pause_s: float = 0) -> Answer:
    """Bytes as they stand, with pauses between them; then the connection ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        for part in parts:
            handler.wfile.write(part)
            handler.wfile.flush()
            time.sleep(pause_s)

    return answer


def test_a_store_introduces_itself(client: WooCommerceClient) -> None:
    met = introduce(client)
    assert (met.currency, met.timezone) == ("EUR", "Europe/Berlin")


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
    store: FakeStore, client: WooCommerceClient, site: dict[str, Any], timezone: str | None
) -> None:
    store.site = site
    assert introduce(client).timezone == timezone


def test_a_site_that_hides_its_index_has_no_known_zone(store: FakeStore, client: WooCommerceClient) -> None:
    store.answers = [an_answer(200, b'{"code": "EUR"}'), an_answer(401, b'{"code": "rest_not_logged_in"}')]
    assert introduce(client).timezone is None


def test_a_store_with_a_made_up_currency_is_not_taken(store: FakeStore, client: WooCommerceClient) -> None:
    store.currency = "DOUBLOON"
    with pytest.raises(NotAnApi, match="DOUBLOON"):
        introduce(client)


def test_an_order_arrives_without_floats(store: FakeStore, client: WooCommerceClient) -> None:
    store.orders[12] = {"id": 12, "total": "49.95", "line_items": [{"price": 11.214953333333334}]}
    order = client.order("12")
    assert order["total"] == "49.95"
    assert order["line_items"][0]["price"] == Decimal("11.214953333333334")


def test_an_order_that_is_not_there_is_gone(client: WooCommerceClient) -> None:
    with pytest.raises(Gone, match=r"Invalid ID \(woocommerce_rest_shop_order_invalid_id\)"):
        client.order("12")


def test_refunds_come_all_of_them(store: FakeStore, client: WooCommerceClient) -> None:
    store.orders[12] = {"id": 12}
    store.refunds[12] = [{"id": number} for number in range(PAGE_SIZE + 1)]
    assert len(client.refunds("12")) == PAGE_SIZE + 1
    assert len(store.asked) == 2


def test_refunds_that_come_page_by_page_for_too_long_are_not_waited_for(
    store: FakeStore, certificates: tuple[Path, Path]
) -> None:
    store.orders[12] = {"id": 12}
    store.refunds[12] = [{"id": number} for number in range(5 * PAGE_SIZE)]
    with open_session(LOOPBACK, certificates[0], SHORT) as session:
        client = WooCommerceClient(
            read_address(store.url),
            {"consumer_key": KEY, "consumer_secret": SECRET},
            session,
            pages_within_s=0,
        )
        with pytest.raises(Unreachable, match="too long"):
            client.refunds("12")


def test_changed_orders_come_the_longest_ago_first_in_pages(
    store: FakeStore, client: WooCommerceClient
) -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    for number in range(PAGE_SIZE + 2, 0, -1):
        modified = (start + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S")
        store.orders[number] = {"id": number, "status": "processing", "date_modified_gmt": modified}
    store.orders[2]["status"] = "trash"
    first = client.orders_modified_after(start + timedelta(minutes=1))
    second = client.orders_modified_after(start + timedelta(minutes=1), page=2)
    assert [order["id"] for order in (*first, *second)] == list(range(3, PAGE_SIZE + 3))
    assert [order["id"] for order in client.orders_modified_after(start, status="trash")] == [2]


def test_calls_share_one_connection(store: FakeStore, client: WooCommerceClient) -> None:
    for _ in range(5):
        client.currency()
    assert store.connections == 1


def test_threads_share_a_session(store: FakeStore, certificates: tuple[Path, Path]) -> None:
    for number in range(1, 41):
        store.orders[number] = {"id": number}
    with open_session(LOOPBACK, certificates[0]) as session, ThreadPoolExecutor(8) as pool:
        client = a_client(store, session)
        assert [order["id"] for order in pool.map(client.order, map(str, range(1, 41)))] == [*range(1, 41)]


def test_stores_of_one_session_know_nothing_of_each_other(certificates: tuple[Path, Path]) -> None:
    def with_cookie(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 200, b'{"code": "EUR"}', Set_Cookie="birch=1; Path=/")

    with (
        fake_store(certificates[1]) as birch,
        fake_store(certificates[1]) as mallory,
        open_session(LOOPBACK, certificates[0]) as session,
    ):
        birch.answer_next(with_cookie)
        a_client(birch, session).currency()
        a_client(birch, session).currency()
        with pytest.raises(StoreUnauthorized):
            a_client(mallory, session, consumer_secret="cs_mallory").currency()
    assert "Cookie" not in birch.headers[1]
    assert "Cookie" not in mallory.headers[0]
    assert birch.headers[0]["Authorization"] != mallory.headers[0]["Authorization"]


def test_over_http_calls_are_signed_and_keys_stay_out_of_sight() -> None:
    with fake_store(path="/shop") as store, open_session(LOOPBACK) as session:
        client = a_client(store, session)
        assert introduce(client).currency == "EUR"
        store.orders[1] = {"id": 1, "status": "processing", "date_modified_gmt": "2026-11-20T10:00:00"}
        assert client.orders_modified_after(datetime(2026, 11, 20, tzinfo=UTC))
    assert all("Authorization" not in headers for headers in store.headers)
    assert not any(SECRET in path for path in store.asked)


def test_keys_of_any_letters_travel(store: FakeStore, certificates: tuple[Path, Path]) -> None:
    with (
        open_session(LOOPBACK, certificates[0], SHORT) as session,
        pytest.raises(StoreUnauthorized, match="Consumer secret is invalid"),
    ):
        a_client(store, session, consumer_key="ключ", consumer_secret="🔑").currency()


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
    store: FakeStore,
    client: WooCommerceClient,
    answer: Answer,
    error: type[PlatformTrouble],
    words: str,
) -> None:
    store.answer_next(answer)
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
    store: FakeStore, client: WooCommerceClient, body: bytes
) -> None:
    store.answer_next(an_answer(200, body, "text/html"))
    assert client.currency() == "EUR"


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry_After": "17"}, 17),
        ({"Retry_After": "999999"}, 3600),
        ({"Retry_After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_handed_on_within_reason(
    store: FakeStore, client: WooCommerceClient, headers: dict[str, str], wait_s: int | None
) -> None:
    store.answer_next(an_answer(429, b"", **headers))
    with pytest.raises(Throttled) as raised:
        client.currency()
    assert raised.value.retry_after_s == wait_s


def test_a_date_to_wait_for_is_measured_by_the_answers_own_clock(
    store: FakeStore, client: WooCommerceClient
) -> None:
    lines = (
        b"HTTP/1.1 503 Busy",
        b"Date: Fri, 20 Nov 2026 10:00:00 GMT",
        b"Retry-After: Fri, 20 Nov 2026 10:02:00 GMT",
        b"Content-Length: 0",
    )
    store.answer_next(raw(b"\r\n".join(lines) + b"\r\n\r\n"))
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
    store: FakeStore, client: WooCommerceClient, location: str, words: str
) -> None:
    store.answer_next(an_answer(301, b"", Location=location))
    with pytest.raises(Moved, match=words):
        client.currency()
    assert len(store.asked) == 1


def test_the_body_of_a_redirect_is_not_even_read(store: FakeStore, client: WooCommerceClient) -> None:
    unread = threading.Event()

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: https://a.example/\r\n\r\n")
        try:
            for _ in range(200):
                handler.wfile.write(bytes(1024 * 1024))
        except OSError:
            unread.set()

    store.answer_next(endless)
    with pytest.raises(Moved):
        client.currency()
    assert unread.wait(5)


def test_answers_beyond_the_cap_are_cut_off(store: FakeStore, client: WooCommerceClient) -> None:
    bomb = gzip.compress(bytes(LARGEST_ANSWER_BYTES + 1))
    assert len(bomb) < 20_000
    store.answer_next(an_answer(200, bomb, Content_Encoding="gzip"))
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
def test_a_slow_store_is_left_in_time(store: FakeStore, client: WooCommerceClient, answer: Answer) -> None:
    store.answer_next(answer)
    began_s = time.monotonic()
    with pytest.raises(Unreachable, match="did not answer in time"):
        client.currency()
    assert time.monotonic() - began_s < 1.5


def test_a_store_that_does_not_listen_is_unreachable(certificates: tuple[Path, Path]) -> None:
    with fake_store(certificates[1]) as store:
        pass
    with (
        open_session(LOOPBACK, certificates[0], SHORT) as session,
        pytest.raises(Unreachable, match="refused"),
    ):
        a_client(store, session).currency()


def test_a_certificate_of_nobody_we_trust_is_refused(store: FakeStore) -> None:
    with open_session(LOOPBACK) as session, pytest.raises(Unreachable, match="certificate"):
        a_client(store, session).currency()
    assert store.asked == []


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    authority, other = make_certificates(tmp_path, ["other.example"])
    with (
        fake_store(other) as store,
        open_session(LOOPBACK, authority) as session,
        pytest.raises(Unreachable, match="certificate"),
    ):
        a_client(store, session).currency()
    assert store.asked == []
