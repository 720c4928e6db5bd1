"""A connected store of each platform."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.platforms import RIGS
from tests.reconciling.shopfront import Shopfront, open_shopfront
from tests.world import World

PLACES = [("sqlite", "woocommerce"), ("postgresql", "shopify")]
"""Each platform and each kind of database once: neither minds the other."""


@pytest.fixture(params=PLACES, ids="-".join)
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shopfront]:
    """A store of either platform."""
    kind, platform = request.param
    url = request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    with (
        World.open(url, tmp_path / "data") as world,
        RIGS[platform]() as rig,
        open_shopfront(world, rig) as made,
    ):
        yield made


@pytest.fixture
def birch(sqlite_world: World) -> Iterator[Shopfront]:
    """A WooCommerce store."""
    with RIGS["woocommerce"]() as rig, open_shopfront(sqlite_world, rig) as made:
        yield made


@pytest.fixture
def acorn(sqlite_world: World) -> Iterator[Shopfront]:
    """A Shopify store."""
    with RIGS["shopify"]() as rig, open_shopfront(sqlite_world, rig) as made:
        yield made
