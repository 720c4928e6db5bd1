"""Which version of what runs here."""

from __future__ import annotations

import platform
import tomllib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

LIBRARIES: Final = (
    *("flask", "sqlalchemy", "psycopg", "rq", "redis", "granian"),
    *("cryptography", "requests", "pillow", "flask-babel"),
)
"""Those whose troubles would be ours."""

_PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"


@lru_cache(maxsize=1)
def product_version() -> str:
    """Regulars' own."""
    try:
        return version("regulars")
    except PackageNotFoundError:
        # It runs from its folder, uninstalled.
        return str(tomllib.loads(_PROJECT.read_text("utf-8"))["project"]["version"])


def python_version() -> str:
    """Of the interpreter."""
    return platform.python_version()


@lru_cache(maxsize=1)
def library_versions() -> dict[str, str]:
    """By name; those that are not installed are left out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
