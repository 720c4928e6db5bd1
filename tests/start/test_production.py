"""The same command on PostgreSQL and on a Redis of one's own."""

from __future__ import annotations

import uuid
from pathlib import Path

from tests.eventually import eventually
from tests.payloads import a_recent_order
from tests.servers import Postgres
from tests.start.conftest import ended
from tests.start.installation import Installation


def test_two_variables_switch_to_postgresql_and_redis(
    built: None, tmp_path: Path, postgres_server: Postgres, valkey_url: str
) -> None:
    name = f"start_{uuid.uuid4().hex[:12]}"
    postgres_server.sql(f"CREATE DATABASE {name}")
    as_hosts_write_it = postgres_server.url(name).replace("postgresql+psycopg:", "postgresql:")
    settings = {"DATABASE_URL": as_hosts_write_it, "REDIS_URL": valkey_url}
    with ended(Installation(tmp_path / "data", settings)) as installation:
        installation.start()
        assert not installation.supervised("valkey")
        assert not (installation.data_dir / "regulars.db").exists()
        eventually(lambda: f"PostgreSQL at {postgres_server.folder}" in installation.log, 2)
        with installation.inside() as world:
            birch = world.connect()
            installation.deliver(birch, a_recent_order())
            eventually(lambda: world.points(birch) == [49], 2)
        installation.ask()
        assert installation.wait() == 0
        assert installation.processes() == {}
