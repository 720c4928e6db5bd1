"""Who runs on a data folder: a lock while it runs, and a note that other commands read."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from cli.output import fail
from core.config.settings import RUNNING_FILE

LOCK_FILE = "start.lock"


class DataLock:
    """Held while `bin/start` runs on a folder; the kernel lets go of it however the process ends."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_FILE

    def __enter__(self) -> None:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(self._descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            fail(f"Regulars is already running on {self._path.parent} (process {pid}).")
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def note_running(data_dir: Path, url: str, redis_url: str) -> None:
    """Writes, for our own eyes and all at once, where the running installation is reached."""
    note = data_dir / RUNNING_FILE
    draft = note.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"url": url, "redis_url": redis_url}), "utf-8")
    draft.replace(note)


def forget_running(data_dir: Path) -> None:
    """Removes the note; no matter when there is none."""
    (data_dir / RUNNING_FILE).unlink(missing_ok=True)
