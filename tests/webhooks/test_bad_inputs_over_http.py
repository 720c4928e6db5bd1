"""Bad requests against the very web server the product uses, byte by byte: B1, B5, B7, B15, B16, B17, B35.

A body that dribbles in for ever (B16) has no time limit here: it holds one of the server's threads, and
ending it is left to the proxy in front.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from core.db import stores
from core.domain.keys import changed_keys
from core.domain.platform import Field
from core.services.reconnecting import replace_keys
from integrations.body_signature import header
from tests.payloads import an_order, body_of
from tests.webhooks.conftest import Served, request
from tests.world import SECRET
from webhooks.requests import LARGEST_BODY_BYTES

CHUNKED = "Transfer-Encoding: chunked"


def fresh(served: Served) -> bytes:
    """An order nobody told of yet, so that keeping it shows."""
    return body_of(an_order(next(served.world.numbers)))


def signed(body: bytes, *more: str, length: int | None = None) -> list[str]:
    """Headers of a good delivery of this body."""
    return [
        "Content-Type: application/json",
        "X-WC-Webhook-Topic: order.updated",
        f"X-WC-Webhook-Signature: {header(body, SECRET)}",
        f"Content-Length: {len(body) if length is None else length}",
        *more,
    ]


def in_chunks(body: bytes, size: int = 65_536) -> Iterator[bytes]:
    """The body as a chunked one travels, with its end."""
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        yield b"%x\r\n%s\r\n" % (len(chunk), chunk)
    yield b"0\r\n\r\n"


def chunked(body: bytes, *more: str) -> list[str]:
    """Headers of a good delivery without a length."""
    return [line for line in signed(body, CHUNKED, *more) if not line.startswith("Content-Length")]


def post(served: Served, body: bytes, headers: list[str], path: str = "") -> tuple[int, int]:
    """(status, deliveries kept because of it)."""
    before = served.kept()
    status = served.status(request("POST", path or served.path, headers, body))
    return status, served.kept() - before


def test_a_good_delivery_is_kept(served: Served) -> None:
    body = fresh(served)

    assert post(served, body, signed(body)) == (200, 1)


def test_a_good_delivery_in_chunks_is_kept(served: Served) -> None:
    body = fresh(served)
    before = served.kept()

    assert served.status(request("POST", served.path, chunked(body)), *in_chunks(body, 7)) == 200
    assert served.kept() == before + 1


def test_a_sender_that_first_asks_whether_to_go_on_is_told_to(served: Served) -> None:
    # WordPress asks so before bodies of more than a megabyte.
    body = fresh(served)

    assert post(served, body, signed(body, "Expect: 100-continue")) == (200, 1)


def test_b1_without_a_signature_nothing_is_kept(served: Served) -> None:
    body = fresh(served)
    headers = [line for line in signed(body) if "Signature" not in line]

    assert post(served, body, headers) == (401, 0)


@pytest.mark.parametrize("second", ["the right one", "x" * 44, ""])
@pytest.mark.parametrize("right_one_first", [True, False])
def test_b5_two_signature_headers_are_refused(served: Served, second: str, right_one_first: bool) -> None:
    body = fresh(served)
    right = f"X-WC-Webhook-Signature: {header(body, SECRET)}"
    other = right if second == "the right one" else f"X-WC-Webhook-Signature: {second}"
    both = [right, other] if right_one_first else [other, right]

    assert post(served, body, [f"Content-Length: {len(body)}", *both]) == (401, 0)


@pytest.mark.parametrize(("secret", "status"), [("hook-new", 200), ("hook-old", 200), ("hook-older", 401)])
def test_b7_while_the_secret_changes_the_one_before_signs_too(
    served: Served, secret: str, status: int
) -> None:
    held = {"webhook_secret": "hook-old"}
    changing = served.world.birch(credentials=held)
    with served.world.database.write(changing.store_id) as db:
        seen = stores.sealed_credentials(db, changing.store_id)
        assert seen is not None
        keys = changed_keys(
            {"webhook_secret": "hook-old"}, {Field.WEBHOOK_SECRET: "hook-new"}, forget_previous=False
        )
        replace_keys(db, changing, seen, keys, served.world.env.secrets)
    body = fresh(served)
    headers = ["X-WC-Webhook-Topic: order.updated", f"X-WC-Webhook-Signature: {header(body, secret)}"]
    answered = served.status(
        request(
            "POST",
            f"/webhooks/woocommerce/{changing.webhook_path}",
            [*headers, f"Content-Length: {len(body)}"],
            body,
        )
    )

    assert answered == status
    assert served.world.inbox(changing) == ({"new": 1} if status == 200 else {})


def test_b15_a_body_that_says_it_is_too_large_is_refused_before_it_comes(served: Served) -> None:
    headers = signed(b"", length=LARGEST_BODY_BYTES + 1)
    started_s = time.monotonic()

    assert post(served, b"", headers) == (413, 0)
    assert time.monotonic() - started_s < 5


def test_b15_a_body_that_is_too_large_and_comes_is_refused(served: Served) -> None:
    body = b" " * (LARGEST_BODY_BYTES + 1)

    assert post(served, body, signed(body)) == (413, 0)


def test_b16_a_chunked_body_over_the_cap_is_refused(served: Served) -> None:
    body = b" " * (LARGEST_BODY_BYTES + 1)
    before = served.kept()

    assert served.status(request("POST", served.path, chunked(body)), *in_chunks(body)) == 413
    assert served.kept() == before


def test_b16_a_chunked_body_without_an_end_is_refused_at_the_cap(served: Served) -> None:
    endless = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    before = served.kept()

    assert served.status(request("POST", served.path, chunked(b"")), *[endless] * 400) == 413
    assert served.kept() == before


def test_b16_a_body_that_breaks_off_is_not_kept(served: Served) -> None:
    body = fresh(served)
    before = served.kept()
    served.send(request("POST", served.path, signed(body), body[:-9]), hang_up=True)
    served.send(request("POST", served.path, chunked(body)), b"5\r\nhello\r\n", hang_up=True)
    time.sleep(0.3)

    assert served.kept() == before
    assert served.status(request("GET", "/healthz", [])) == 200


def test_b17_a_compressed_body_is_refused_unread(served: Served) -> None:
    body = fresh(served)

    assert post(served, body, signed(body, "Content-Encoding: gzip")) == (415, 0)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_b35_only_post_is_taken(served: Served, method: str) -> None:
    body = fresh(served)
    answered = served.send(request(method, served.path, signed(body), body)).lower()

    assert answered.startswith(b"http/1.1 405 ")
    assert b"\r\nallow: post\r\n" in answered


def test_b35_a_slash_at_the_end_is_taken_without_a_redirect(served: Served) -> None:
    body = fresh(served)

    assert post(served, body, signed(body), f"{served.path}/") == (200, 1)


@pytest.mark.parametrize(
    "spelling",
    ["/{path}", "{path}//", "/webhooks//woocommerce/{address}", "/webhooks/woocommerce//{address}"],
)
def test_b35_a_doubled_slash_is_not_found_and_no_redirect(served: Served, spelling: str) -> None:
    body = fresh(served)
    path = spelling.format(path=served.path, address=served.store.webhook_path)

    assert post(served, body, signed(body), path) == (404, 0)


@pytest.mark.parametrize(
    "line", ["Content-Length: 5", "Content-Length: -1", "Content-Length: many", "X-A: a\x01b"]
)
def test_a_request_that_is_no_http_is_refused_by_the_server(served: Served, line: str) -> None:
    body = fresh(served)

    assert post(served, body, signed(body, line)) == (400, 0)


def test_with_a_length_and_chunks_the_chunks_count_once(served: Served) -> None:
    body = fresh(served)
    before = served.kept()

    assert served.status(request("POST", served.path, signed(body, CHUNKED)), *in_chunks(body)) == 200
    assert served.kept() == before + 1
