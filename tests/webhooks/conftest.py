"""The web server the product uses, listening on a real port, spoken to by raw sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.domain.stores import Store
from tests.world import World

_UP_WITHIN_S = 60
_ANSWERS_WITHIN_S = 10


@dataclass(frozen=True)
class Served:
    """A served installation with one store."""

    world: World
    """The same installation, seen from inside."""
    store: Store
    port: int

    @property
    def path(self) -> str:
        return f"/webhooks/woocommerce/{self.store.webhook_path}"

    def send(self, *parts: bytes, hang_up: bool = False) -> bytes:
        """Send these bytes over one connection; all that comes back. `hang_up`: leave without waiting."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_ANSWERS_WITHIN_S) as line:
            # A server that has read enough answers and closes while more is being sent.
            with suppress(BrokenPipeError, ConnectionResetError):
                for part in parts:
                    line.sendall(part)
            return b"" if hang_up else _all_of(line)

    def status(self, *parts: bytes) -> int:
        """The status of the (last) answer to these bytes."""
        answered = self.send(*parts).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        return int(answered.split(b" ", 2)[1])

    def kept(self) -> int:
        """How many deliveries are in the inbox."""
        return sum(self.world.inbox(self.store).values())


def _all_of(line: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while part := line.recv(65_536):
            received += part
    return received


def request(method: str, path: str, headers: Sequence[str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire, for one connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture(scope="session")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`python -m cli.serve` over a fresh installation, as `bin/start` runs it, without a queue."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "regulars.db").write_bytes(sqlite_template.read_bytes())
    with World.open(f"sqlite:///{folder}/regulars.db", folder) as world:
        store, port = world.connect(), free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.serve", "127.0.0.1", str(port)],
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "REGULARS_DATA": str(folder)},
        )
        try:
            wait_until_up(process, port)
            yield Served(world, store, port)
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    """Return once somebody listens. Raises TimeoutError, or at once when the server ended."""
    ends_at = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < ends_at and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise TimeoutError("the web server did not come up")
