"""One declared object per module of a package: how earning rules and platforms are found."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules


def declared(package: str, name: str) -> dict[str, object]:
    """Every object called `name` in the direct modules of `package`, by module name, sorted.

    A module that does not declare it is passed over.
    """
    found = {}
    for module in sorted(iter_modules(import_module(package).__path__), key=lambda module: module.name):
        declaration = getattr(import_module(f"{package}.{module.name}"), name, None)
        if declaration is not None:
            found[module.name] = declaration
    return found
