"""Merchants with a store each, and what they need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admin.merchant import Merchant, merchant
from tests.fakes.certificates import make_certificates
from tests.shopify_install import Acorn, acorn
from tests.world import SMALLEST_PROGRAM, World


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(authority, server) certificate files."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def her_on_either(world: World, certificates: tuple[Path, Path]) -> Iterator[Merchant]:
    """The same over either kind of database."""
    with merchant(world, certificates) as she:
        yield she


@pytest.fixture
def her(sqlite_world: World, certificates: tuple[Path, Path]) -> Iterator[Merchant]:
    """The merchant of Birch, signed in; her store is not connected yet."""
    with merchant(sqlite_world, certificates) as she:
        yield she


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
