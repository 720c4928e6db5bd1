"""Real worker processes over one installation, with a view into it from the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.config.clock import utc_now
from tests.eventually import eventually
from tests.world import World

ROOT = Path(__file__).parents[1]

LISTENING = "waiting for work"


@dataclass
class Workplace:
    """One database, one queue server, and the processes a test runs beside them."""

    world: World
    """The same database in the test's own process, by the real clock."""
    folder: Path
    """Where the processes stand: their logs, and the files `tests.at_point` uses."""
    redis_url: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    """What the processes are told besides."""

    @classmethod
    @contextmanager
    def open(cls, database_url: str, redis_url: str, folder: Path) -> Iterator[Workplace]:
        """A workplace over a migrated database; whatever runs there at the end is killed."""
        with World.open(database_url, folder / "data") as world:
            world.moment[0] = utc_now()
            place = cls(world, folder, redis_url)
            try:
                yield place
            finally:
                for process in place.processes:
                    process.kill()
                    process.wait()

    @property
    def log(self) -> str:
        """What all processes said so far."""
        return self._log_file.read_text("utf-8")

    @property
    def _log_file(self) -> Path:
        return self.folder / "log"

    def run(self, *words: str) -> subprocess.Popen[bytes]:
        """Start `python -m WORDS`."""
        settings = self.world.env.settings
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "REGULARS_DATA": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": self.redis_url,
            **self.environ,
        }
        with self._log_file.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=self.folder, env=environ, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def worker(self, role: str = "points") -> subprocess.Popen[bytes]:
        """A worker that is ready to take jobs."""
        return self._listening("worker", role)

    def worker_at(self, point: str, action: str) -> subprocess.Popen[bytes]:
        """A worker of points, ready, that dies or waits at a point (see `tests.at_point`)."""
        return self._listening("tests.at_point", point, action, "worker", "points")

    def _listening(self, *words: str) -> subprocess.Popen[bytes]:
        listening_before = self.log.count(LISTENING) if self._log_file.exists() else 0
        process = self.run(*words)
        eventually(lambda: self.log.count(LISTENING) > listening_before)
        return process
