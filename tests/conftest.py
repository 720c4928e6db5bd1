"""Fixtures every test may use: real databases and a real queue server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from core.db.migrate import upgrade
from tests import servers
from tests.chromium import browser
from tests.world import NOW, World

__all__ = ["browser"]

settings.register_profile(
    "regulars", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("regulars")

_TEMPLATE = "regulars_template"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """One PostgreSQL server for this test process, with a migrated database to copy from."""
    with servers.postgres() as server:
        server.sql(f"CREATE DATABASE {_TEMPLATE}")
        upgrade(server.url(_TEMPLATE))
        yield server


@pytest.fixture
def postgres_url(postgres_server: servers.Postgres) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    yield postgres_server.copy(_TEMPLATE, name)
    postgres_server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    path = tmp_path / "regulars.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database of either kind: whatever uses this behaves the same on both."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey, shared by this test process."""
    with servers.valkey() as url:
        yield url


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The product on a fresh database of either kind, with a clock that stands still until it is moved."""
    with World.open(database_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def sqlite_world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """The product on a fresh SQLite database, where the kind of database cannot matter."""
    with World.open(sqlite_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real deliveries, where it stands beside the project."""
    folder = Path(os.environ.get("REGULARS_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip("the folder of captured deliveries does not stand beside the project")
    return folder


@pytest.fixture(scope="session")
def lasting_sqlite_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The product on one SQLite database for the whole test run."""
    folder = tmp_path_factory.mktemp("installation")
    (folder / "regulars.db").write_bytes(sqlite_template.read_bytes())
    with World.open(f"sqlite:///{folder}/regulars.db", folder / "data") as opened:
        yield opened


@pytest.fixture(scope="session")
def lasting_postgres_world(
    postgres_server: servers.Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The product on one PostgreSQL database for the whole test run."""
    url = postgres_server.copy(_TEMPLATE, "installation")
    with World.open(url, tmp_path_factory.mktemp("installation")) as opened:
        yield opened


@pytest.fixture
def sqlite_installation(lasting_sqlite_world: World) -> World:
    """A product shared by tests that connect a store each: quick to have. Its clock starts anew."""
    lasting_sqlite_world.moment[0] = NOW
    return lasting_sqlite_world


@pytest.fixture
def postgres_installation(lasting_postgres_world: World) -> World:
    """The same on PostgreSQL."""
    lasting_postgres_world.moment[0] = NOW
    return lasting_postgres_world


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest) -> World:
    """The same on either kind of database: whatever uses this behaves the same on both."""
    shared_world: World = request.getfixturevalue(
        "sqlite_installation" if request.param == "sqlite" else "postgres_installation"
    )
    return shared_world
