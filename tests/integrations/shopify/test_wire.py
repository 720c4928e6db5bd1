"""One HTTP call: bounded in time and size, trusting nobody, keeping nothing."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.domain.errors import PlatformRefused, PlatformUnavailable
from integrations.shopify.wire import Answer, Limits, Wire
from tests.fakes.shopify_admin import ShopifyAdmin, respond, running
from tests.world import NOW

HASTY = Limits(connect_s=0.5, read_s=0.4, total_s=0.8, answer_bytes=200_000)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Connections that give up fast, or each test would take half a minute."""
    opened = Wire(HASTY)
    yield opened
    opened.close()


def post(wire: Wire, store: ShopifyAdmin, token: str = "shpat_acorn") -> Answer:
    return wire.post(f"{store.url}/", {"X-Shopify-Access-Token": token}, b"{}")


@pytest.fixture
def failure_of(wire: Wire, acorn: ShopifyAdmin) -> Callable[[], PlatformUnavailable]:
    """What a call ends in that takes its time; never longer than the whole call may."""

    def call() -> PlatformUnavailable:
        started_s = time.monotonic()
        with pytest.raises(PlatformUnavailable) as caught:
            post(wire, acorn)
        assert time.monotonic() - started_s < HASTY.total_s + 1.2
        return caught.value

    return call


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


def drip(pieces: Iterator[bytes]) -> Callable[[BaseHTTPRequestHandler], None]:
    """A byte now and then: too fast for a read time-out, too slow for anybody."""

    def trouble(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            for piece in pieces:
                handler.wfile.write(piece)
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            return

    return trouble


def repeated(first: bytes, piece: bytes, times: int = 30) -> Iterator[bytes]:
    yield first
    for _ in range(times):
        yield piece


def test_a_store_that_never_answers_is_left(
    acorn: ShopifyAdmin, failure_of: Callable[[], PlatformUnavailable]
) -> None:
    acorn.next(hang)
    assert "did not answer in time" in str(failure_of())


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 500 No\r\n\r\n", b" "),
    ],
    ids=["body", "body without length", "chunks", "headers", "reason"],
)
def test_a_store_that_drips_is_left_when_the_whole_time_is_up(
    acorn: ShopifyAdmin, failure_of: Callable[[], PlatformUnavailable], first: bytes, piece: bytes
) -> None:
    acorn.next(drip(repeated(first, piece)))
    assert "did not finish its answer in time" in str(failure_of())


def test_after_a_cut_call_the_next_one_goes_through(
    acorn: ShopifyAdmin, wire: Wire, failure_of: Callable[[], PlatformUnavailable]
) -> None:
    acorn.next(drip(repeated(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n", b" ")))
    failure_of()
    acorn.next(lambda handler: respond(handler, 200, b"fine"))
    assert post(wire, acorn).content == b"fine"


def test_an_answer_that_breaks_off_is_no_answer(
    acorn: ShopifyAdmin, failure_of: Callable[[], PlatformUnavailable]
) -> None:
    acorn.next(drip(iter([b'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"data":'])))
    assert "broke off" in str(failure_of())


def test_a_store_that_cannot_be_reached(
    acorn: ShopifyAdmin, failure_of: Callable[[], PlatformUnavailable]
) -> None:
    acorn.url = "http://127.0.0.1:1"
    assert "could not be reached" in str(failure_of())


def test_an_answer_larger_than_allowed_is_refused(acorn: ShopifyAdmin, wire: Wire) -> None:
    acorn.next(lambda handler: respond(handler, 200, b"x" * (HASTY.answer_bytes + 1)))
    with pytest.raises(PlatformRefused, match="larger than"):
        post(wire, acorn)


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(acorn: ShopifyAdmin, wire: Wire) -> None:
    packed = gzip.compress(b"x" * 50_000_000)
    acorn.next(lambda handler: respond(handler, 200, packed, {"Content-Encoding": "gzip"}))
    with pytest.raises(PlatformRefused, match="larger than"):
        post(wire, acorn)


def test_a_packed_answer_is_unpacked_and_a_badly_packed_one_is_none(
    acorn: ShopifyAdmin, wire: Wire, failure_of: Callable[[], PlatformUnavailable]
) -> None:
    packed = {"Content-Encoding": "gzip"}
    acorn.next(
        lambda handler: respond(handler, 200, gzip.compress(b"fine"), packed),
        lambda handler: respond(handler, 200, b"not packed", packed),
    )
    assert post(wire, acorn).content == b"fine"
    assert "cannot be unpacked" in str(failure_of())


def test_the_rest_of_a_long_refusal_is_cut_off(acorn: ShopifyAdmin, wire: Wire) -> None:
    acorn.next(lambda handler: respond(handler, 502, b"x" * 500_000))
    answer = post(wire, acorn)
    assert (answer.status, len(answer.content)) == (502, HASTY.refusal_bytes)


def test_connections_are_kept_and_credentials_and_cookies_are_not(wire: Wire) -> None:
    seen: list[tuple[object, str | None, str | None]] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        token, cookie = handler.headers["X-Shopify-Access-Token"], handler.headers["Cookie"]
        seen.append((handler.client_address, token, cookie))
        respond(handler, 200, b"{}", {"Set-Cookie": "_secure_session_id=acorn; Path=/"})

    with running(ShopifyAdmin(now=NOW)) as store:
        store.next(note, note, note)
        post(wire, store, "shpat_one")
        post(wire, store, "shpat_two")
        wire.post(f"{store.url}/", {}, b"{}")
    assert len({address for address, _, _ in seen}) == 1
    assert [(token, cookie) for _, token, cookie in seen] == [
        ("shpat_one", None),
        ("shpat_two", None),
        (None, None),
    ]


def test_calls_from_many_threads_do_not_mix(wire: Wire, acorn: ShopifyAdmin) -> None:
    def echo(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.02)
        respond(handler, 200, handler.headers["X-Shopify-Access-Token"].encode())

    acorn.next(*[echo] * 40)
    mixed = []

    def call(number: int) -> None:
        for turn in range(5):
            token = f"shpat_{number}_{turn}"
            if post(wire, acorn, token).content != token.encode():
                mixed.append(token)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []
    assert acorn.troubles == []


def test_the_environment_has_no_say(
    acorn: ShopifyAdmin, wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password cheat")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    login: list[str | None] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        login.append(handler.headers["Authorization"])
        respond(handler, 200, b"{}")

    acorn.next(note)
    assert post(wire, acorn).status == 200
    assert login == [None]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate for 127.0.0.1 in one file, vouched for by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "acorn.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[ShopifyAdmin]:
    """A store over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running(ShopifyAdmin(now=NOW), context) as store:
        yield store


def test_a_store_whose_certificate_nobody_vouches_for_is_not_talked_to(
    certificate: Path, secure: ShopifyAdmin, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    secure.next(hang)
    with pytest.raises(PlatformUnavailable, match="cannot be trusted"):
        post(wire, secure)
    assert secure.troubles == [hang]


def test_a_secure_call_is_cut_in_time_as_well(certificate: Path, secure: ShopifyAdmin, wire: Wire) -> None:
    wire._session.verify = str(certificate)
    secure.next(lambda handler: respond(handler, 200, b"fine"))
    secure.next(drip(repeated(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n", b" ")))
    assert post(wire, secure).content == b"fine"
    started_s = time.monotonic()
    with pytest.raises(PlatformUnavailable, match="did not finish its answer in time"):
        post(wire, secure)
    assert time.monotonic() - started_s < HASTY.total_s + 1.2
