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
        eventually(lambda: f"PostgreSQL at {postgres_server.folder}" in installation.log)
        with installation.inside() as world:
            birch = world.connect()
            installation.deliver(birch, a_recent_order())
            eventually(lambda: world.points(birch) == [49])
        installation.ask()
        assert installation.wait() == 0
        assert installation.processes() == {}


def test_a_database_user_who_may_not_make_the_role_is_told_what_to_do(
    built: None, tmp_path: Path, postgres_server: Postgres
) -> None:
    name = f"poor_{uuid.uuid4().hex[:12]}"
    postgres_server.sql(f"CREATE ROLE {name} LOGIN")
    postgres_server.sql(f"CREATE DATABASE {name} OWNER {name}")
    url = postgres_server.url(name).replace("//postgres@", f"//{name}@")
    said = Installation(tmp_path / "data", {"DATABASE_URL": url}).refuse()
    assert said.returncode == 2
    assert said.stderr.startswith("PostgreSQL says: ")
    assert "have that role created and granted" in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_database_out_of_reach_is_said_in_one_sentence(built: None, tmp_path: Path) -> None:
    nowhere = {"DATABASE_URL": f"postgresql://postgres@/none?host={tmp_path}"}
    said = Installation(tmp_path / "data", nowhere).refuse()
    assert said.returncode == 2
    assert said.stderr.startswith("The database cannot be reached: ")
    assert said.stderr.count("\n") == 1
