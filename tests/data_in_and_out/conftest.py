"""Another installation beside the one there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World


@pytest.fixture
def elsewhere(world: World, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Another installation, with other secrets, over the other kind of database."""
    other = "postgres_url" if world.database.is_sqlite else "other_sqlite_url"
    with World.open(request.getfixturevalue(other), tmp_path / "elsewhere") as opened:
        opened.moment[0] = world.now
        yield opened


@pytest.fixture
def other_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "other.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"
