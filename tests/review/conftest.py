"""Acorn with an app of ours, on either database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shopify_install import Acorn, acorn
from tests.world import SMALLEST_PROGRAM, World


@pytest.fixture
def shop(sqlite_world: World) -> Iterator[Acorn]:
    """Acorn with an app of ours, not opened yet."""
    with acorn(sqlite_world) as opened:
        yield opened


@pytest.fixture
def installed(shop: Acorn) -> Acorn:
    """Acorn, connected by its merchant's first visit; 1 point for 1.00, spendable at once."""
    assert shop.visit().status_code == 200
    shop.world.apply(shop.store, SMALLEST_PROGRAM)
    return shop
