"""Counters at stores of both platforms and over both databases: each once, for neither minds the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.platforms import RIGS
from tests.contract.rig import Rig
from tests.redeeming.counter import Counter, counter
from tests.world import World

PLACES = [("sqlite", "woocommerce"), ("postgresql", "shopify")]


@pytest.fixture(params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, Rig]]:
    """A product and a store of each platform."""
    kind, platform = request.param
    url = request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    with World.open(url, tmp_path / "data") as world, RIGS[platform]() as rig:
        yield world, rig


@pytest.fixture
def at(place: tuple[World, Rig]) -> Iterator[Counter]:
    """Ana with 500 points."""
    with counter(*place) as made:
        yield made


@pytest.fixture
def poor(place: tuple[World, Rig]) -> Iterator[Counter]:
    """Ana with none as yet."""
    with counter(*place, points=0) as made:
        yield made


@pytest.fixture
def birch(postgres_url: str, tmp_path: Path) -> Iterator[Counter]:
    """At a store that gives uses back."""
    with (
        World.open(postgres_url, tmp_path / "data") as world,
        RIGS["woocommerce"]() as rig,
        counter(world, rig) as made,
    ):
        yield made


@pytest.fixture
def acorn(sqlite_world: World) -> Iterator[Counter]:
    """At a store that does not."""
    with RIGS["shopify"]() as rig, counter(sqlite_world, rig) as made:
        yield made
