"""Prints what modules do while they are imported, one thing a line: `python opened_at_import.py MODULE...`.

Only what our own modules ask for counts; a library's doings while it is imported itself do not.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[1]
LIBRARIES = Path(sys.prefix)

OPENING = {
    "ctypes.dlopen",
    "open",
    "os.listdir",
    "os.mkdir",
    "os.scandir",
    "os.system",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "sqlite3.connect",
    "subprocess.Popen",
}
OF_LIBRARIES = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"}
"""The command-line library looks up the language of its own words while a command is declared."""
FORBIDDEN = {"socket.bind", "socket.connect", "socket.getaddrinfo"}


def asking_module(frame: FrameType | None) -> str | None:
    """The file of ours that asked for what happens at `frame`; None when an import in between did."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return None
        path = Path(name)
        if ROOT in path.parents and LIBRARIES not in path.parents and path != Path(__file__):
            return path.relative_to(ROOT).as_posix()
        frame = frame.f_back
    return None


def watch(event: str, details: tuple[object, ...]) -> None:
    """Called by the interpreter for everything it does outside itself."""
    if event in FORBIDDEN:
        raise ConnectionRefusedError(event)
    if event in OPENING and (asking := asking_module(sys._getframe(1))):
        print(f"{asking}: {event} {details[0]}")


class WatchedEnvironment(dict[str, str]):
    """An environment that tells who reads it."""

    def __getitem__(self, key: str) -> str:
        tell_reading(key)
        return super().__getitem__(key)

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        tell_reading(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        tell_reading(key)
        return super().__contains__(key)


def tell_reading(key: object) -> None:
    """Say so when one of our modules asked."""
    if key not in OF_LIBRARIES and (asking := asking_module(sys._getframe(2))):
        print(f"{asking}: environment {key}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.path.remove(str(Path(__file__).parent))
    os.environ = WatchedEnvironment(os.environ)  # type: ignore[assignment]  # noqa: B003
    os.getenv = os.environ.get  # type: ignore[assignment]
    sys.addaudithook(watch)
    for module in sys.argv[1:]:
        import_module(module)
