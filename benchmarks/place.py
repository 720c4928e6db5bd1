"""Where the systems under test run: a private folder, a database, the product's own queue server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.beds import Bed, bed
from benchmarks.installation import Installation, install
from benchmarks.processes import Trouble, start, stop
from core.config import valkey

QUEUE_WITHIN_S = 15


@dataclass(frozen=True, slots=True)
class Place:
    """What all systems share."""

    folder: Path
    bed: Bed
    redis_url: str
    queue_pid: int
    installation: Installation

    @property
    def log_file(self) -> Path:
        """What all processes say."""
        return self.folder / "processes.log"

    def roots(self) -> dict[str, tuple[int, ...]]:
        """The servers every system uses, as parts to be accounted for."""
        servers = {"queue": (self.queue_pid,), "database": self.bed.roots}
        return {part: pids for part, pids in servers.items() if pids}


@contextmanager
def place(kind: str, stores: int) -> Iterator[Place]:
    """A place with one kind of database and an installation of so many stores; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="rg-bench-", dir="/tmp") as name, bed(kind, Path(name)) as made:
        folder = Path(name)
        installation = install(made, folder / "data", stores)
        with _queue(folder) as (redis_url, queue_pid):
            yield Place(folder, made, redis_url, queue_pid, installation)


@contextmanager
def _queue(folder: Path) -> Iterator[tuple[str, int]]:
    """A queue server as `bin/start` sets it up; its address and its process."""
    binary = valkey.find_binary()
    if binary is None:
        raise Trouble("no queue server was found for this machine: install valkey or redis")
    files, socket = folder / "valkey", folder / valkey.SOCKET_NAME
    files.mkdir()
    process = start(valkey.command_line(binary, socket, files), {}, folder / "processes.log")
    try:
        if not valkey.wait_until_answers(f"unix://{socket}", QUEUE_WITHIN_S):
            raise Trouble("the queue server did not start")
        yield f"unix://{socket}", process.pid
    finally:
        stop([process])
