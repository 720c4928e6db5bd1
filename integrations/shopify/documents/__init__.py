"""What we ask Shopify: one GraphQL document per file, and in `needs.json` what asking takes.

Every document is valid in the Admin API 2026-07 and 2026-10; the tests hold it against both schemas.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

API_VERSION = "2026-10"


@dataclass(frozen=True, slots=True)
class Document:
    """One GraphQL document."""

    name: str
    text: str
    cost: int
    """The most points Shopify may ask for it before it runs; a document above 1,000 is refused outright."""
    scopes: frozenset[str]
    """Access scopes without which it is denied."""
    protected: frozenset[str]
    """Protected customer fields it reads, as they are called where approval for them is asked for."""


@cache
def document(name: str) -> Document:
    """The document in `<name>.graphql`. Raises KeyError when `needs.json` does not list it."""
    needs = _needs()[name]
    return Document(
        name=name,
        text=files(__name__).joinpath(f"{name}.graphql").read_text("utf-8"),
        cost=needs["cost"],
        scopes=frozenset(needs["scopes"]),
        protected=frozenset(needs["protected"]),
    )


def names() -> tuple[str, ...]:
    """Every document there is."""
    return tuple(_needs())


def needed_scopes() -> tuple[str, ...]:
    """Every scope the documents need, sorted, without those that another one implies."""
    needed = _needed()
    implied = {scope.replace("write_", "read_", 1) for scope in needed if scope.startswith("write_")}
    return tuple(sorted(needed - implied))


def lacking_scopes(granted: frozenset[str]) -> tuple[str, ...]:
    """What an app has to be granted on top for every document, sorted. Writing implies reading."""
    return tuple(
        sorted(
            scope
            for scope in _needed()
            if scope not in granted and scope.replace("read_", "write_", 1) not in granted
        )
    )


def _needed() -> frozenset[str]:
    return frozenset[str]().union(*(document(name).scopes for name in names()))


@cache
def _needs() -> dict[str, dict[str, Any]]:
    needs: dict[str, dict[str, Any]] = json.loads(files(__name__).joinpath("needs.json").read_text("utf-8"))
    return needs
