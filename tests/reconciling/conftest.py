"""A connected store of each platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.platforms import RIGS
from tests.reconciling.shopfront import Shopfront, open_shopfront
from tests.world import World


@pytest.fixture(params=sorted(RIGS))
def at(request: pytest.FixtureRequest, sqlite_world: World) -> Iterator[Shopfront]:
    """A store of either platform."""
    with RIGS[request.param]() as rig, open_shopfront(sqlite_world, rig) as made:
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
