"""A merchant with a store, and what both need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admin.merchant import Merchant, merchant
from tests.fakes.certificates import make_certificates
from tests.world import World


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
