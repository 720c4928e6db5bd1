"""`regulars doctor` looks at the address stores deliver to, from outside."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from core.config.clock import utc_now
from tests.cli.conftest import CommandLine
from tests.cli.test_doctor import checked
from tests.fakes.certificates import make_certificates
from tests.world import World


@contextmanager
def a_proxy(
    folder: Path, status: int = 200, *, lasts: timedelta = timedelta(days=90)
) -> Iterator[dict[str, str]]:
    """A TLS server that answers everything with this status; how an installation behind it is set up."""
    authority, certificate = make_certificates(folder, ends_at=utc_now() + lasts)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "https://elsewhere.example/healthz")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "PUBLIC_URL": f"https://localhost:{server.server_port}",
            "REGULARS_ALLOW_NETWORKS": "127.0.0.0/8",
            "REGULARS_CA_FILE": str(authority),
        }
    finally:
        server.shutdown()
        server.server_close()


def outside(regulars: CommandLine, environ: dict[str, str]) -> dict[str, str]:
    """What is wrong with how stores see us."""
    return {
        name: says
        for name, says in checked(regulars, **environ).items()
        if name in {"address", "certificate"}
    }


def test_an_address_that_answers_over_https_is_well(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    with a_proxy(tmp_path) as environ:
        assert outside(regulars, environ) == {}
        assert "✓ certificate: is trusted until" in regulars("doctor", **environ).out


def test_a_redirect_is_an_order_lost(regulars: CommandLine, sqlite_world: World, tmp_path: Path) -> None:
    with a_proxy(tmp_path, 301) as environ:
        assert "redirects to https://elsewhere.example/healthz" in outside(regulars, environ)["address"]


def test_an_answer_of_somebody_else_is_told(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    with a_proxy(tmp_path, 502) as environ:
        assert "answers 502" in outside(regulars, environ)["address"]


def test_a_certificate_that_ends_soon_is_told_two_weeks_before(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    with a_proxy(tmp_path, lasts=timedelta(days=9, hours=1)) as environ:
        assert "ends in 9 days" in outside(regulars, environ)["certificate"]


def test_a_certificate_nobody_vouches_for_is_told(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    with a_proxy(tmp_path) as environ:
        (tmp_path / "other").mkdir()
        of_others = make_certificates(tmp_path / "other")[0]
        told = outside(regulars, environ | {"REGULARS_CA_FILE": str(of_others)})
        assert "is not trusted" in told["address"]


@pytest.mark.parametrize(
    ("public_url", "says"),
    [
        ("http://127.0.0.1:8000", "no store can deliver"),
        ("http://points.example", "is not https"),
        ("https://points.example:8443", "does not deliver to port 8443"),
    ],
)
def test_an_address_no_store_delivers_to_is_told_before_it_is_tried(
    regulars: CommandLine, sqlite_world: World, public_url: str, says: str
) -> None:
    sqlite_world.connect(is_offline=False)
    assert says in outside(regulars, {"PUBLIC_URL": public_url})["address"]
