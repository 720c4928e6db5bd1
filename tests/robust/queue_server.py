"""A queue server that can be killed, hung and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import start_valkey


@dataclass
class QueueServer:
    """A Valkey of the test's own, without files."""

    socket: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def kill(self) -> None:
        """It is gone, and nothing listens at its address."""
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)

    def start(self) -> None:
        """It is back, and empty."""
        self.process = start_valkey(self.socket)

    def hang(self) -> None:
        """It takes connections and never answers."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on where it stood."""
        os.kill(self.process.pid, signal.SIGCONT)


@contextmanager
def queue_servers() -> Iterator[QueueServer]:
    """One that runs, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="rg-", dir="/tmp") as folder:
        socket = Path(folder) / "s"
        server = QueueServer(socket, start_valkey(socket))
        try:
            yield server
        finally:
            server.kill()
