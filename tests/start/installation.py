"""A real installation: bin/start over a data folder of its own, watched from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.domain.stores import Store
from tests.delivering import deliver, free_port, is_healthy
from tests.eventually import at_leisure, eventually
from tests.payloads import body_of
from tests.world import World

ROOT = Path(__file__).parents[2]

STOPPED_WITHIN_S = 10


@dataclass(frozen=True)
class Process:
    """One process as the system knows it."""

    pid: int
    parent_pid: int
    command: str


@dataclass
class Installation:
    """One data folder and the bin/start that runs on it, if it does."""

    data_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """What the environment says besides the bare necessities, such as DATABASE_URL."""
    flags: tuple[str, ...] = ()
    """Further options of bin/start."""
    port: int = field(default_factory=free_port)
    mark: str = field(default_factory=lambda: f"started_by_test={uuid.uuid4().hex}")
    """An environment variable that every process of this installation inherits."""
    runtime: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="rg-", dir="/tmp")))
    """Where its queue server's socket stands; short, since sockets' paths are."""
    process: subprocess.Popen[str] | None = None
    ready_after_s: float | None = None
    """How long the last start took."""

    @property
    def database_url(self) -> str:
        return self.settings.get("DATABASE_URL", f"sqlite:///{self.data_dir / 'regulars.db'}")

    @property
    def pid(self) -> int:
        """The supervisor's."""
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        """What every process said so far."""
        return self._log_file.read_text("utf-8")

    @property
    def _log_file(self) -> Path:
        return self.data_dir.with_name(f"{self.data_dir.name}.log")

    def begin(self) -> None:
        """Run bin/start without waiting for anything."""
        with self._log_file.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                self._command(), env=self._environ(), stderr=log, stdout=log, text=True
            )

    def start(self) -> None:
        """Run bin/start until /healthz is 200."""
        began_s = time.monotonic()
        self.begin()
        eventually(self.is_healthy)
        self.ready_after_s = time.monotonic() - began_s

    def refuse(self) -> subprocess.CompletedProcess[str]:
        """Run bin/start where it is expected to give up by itself."""
        try:
            return subprocess.run(
                self._command(), env=self._environ(), capture_output=True, text=True, timeout=60, check=False
            )
        finally:
            shutil.rmtree(self.runtime)

    def ask(self, number: int = signal.SIGTERM) -> None:
        """Send the supervisor a signal."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """The exit code, once the supervisor has ended; the test fails when that takes too long."""
        assert self.process is not None
        return self.process.wait(at_leisure(STOPPED_WITHIN_S))

    def clean_up(self) -> None:
        """Whatever a test left running is ended."""
        for pid in self.processes():
            with suppress(ProcessLookupError):  # they die with their parent
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
        shutil.rmtree(self.runtime)

    def is_healthy(self) -> bool:
        """True when GET /healthz is 200."""
        return is_healthy(self.port)

    def deliver(self, store: Store, order: Mapping[str, Any]) -> int:
        """Post a signed delivery of an order; the HTTP status."""
        return deliver(self.port, store, body_of(order))

    @contextmanager
    def inside(self) -> Iterator[World]:
        """Its database and its secrets, as a command on the same machine uses them."""
        with World.open(self.database_url, self.data_dir) as world:
            yield world

    def processes(self) -> dict[int, Process]:
        """Every living process of this installation by its pid."""
        return {
            process.pid: process
            for folder in Path("/proc").glob("[0-9]*")
            if (process := _process_if_ours(folder, self.mark.encode(), self.data_dir))
        }

    def supervised(self, words: str) -> set[int]:
        """The supervisor's own children whose command line holds these words."""
        return {
            process.pid
            for process in self.processes().values()
            if process.parent_pid == self.pid and words in process.command
        }

    def children_of(self, pid: int) -> set[int]:
        """What this process started."""
        return {process.pid for process in self.processes().values() if process.parent_pid == pid}

    def _command(self) -> list[str]:
        where = ["--port", str(self.port), "--data", str(self.data_dir)]
        return [str(ROOT / "bin" / "start"), *where, *self.flags]

    def _environ(self) -> dict[str, str]:
        name, _, value = self.mark.partition("=")
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(self.runtime),
            name: value,
            **self.settings,
        }


def _process_if_ours(folder: Path, mark: bytes, data_dir: Path) -> Process | None:
    """A living process that inherited the mark or works inside the data folder.

    The queue server writes its title over its environment, so the mark is lost there.
    """
    try:
        is_marked = mark in (folder / "environ").read_bytes().split(b"\0")
        if not is_marked and data_dir not in (folder / "cwd").readlink().parents:
            return None
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        parent_pid = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None
    return Process(int(folder.name), parent_pid, command)
