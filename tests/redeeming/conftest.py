"""Counters at stores of both platforms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.platforms import RIGS
from tests.contract.rig import Rig
from tests.redeeming.counter import Counter, counter
from tests.world import World


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A store of each platform."""
    with RIGS[request.param]() as opened:
        yield opened


@pytest.fixture
def at(world: World, rig: Rig) -> Iterator[Counter]:
    """Ana with 500 points, on both databases."""
    with counter(world, rig) as made:
        yield made
