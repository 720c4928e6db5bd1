"""`regulars doctor`: says what is well, and what is to be done where it is not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import make_url, text

from core.db import effects, stores
from core.jobs.beat import tick
from tests.cli.conftest import CommandLine, command_line_of, environment
from tests.payloads import an_order, body_of
from tests.world import World


def checked(regulars: CommandLine, **environ: str) -> dict[str, str]:
    """What is wrong and what to do about it, by the check's name; nothing when all is well."""
    ran = regulars("doctor", "--json", **environ)
    answer = json.loads(ran.out)
    assert (ran.code, answer["is_well"]) in {(0, True), (1, False)}
    return {
        check["name"]: f"{check['says']} ▸ {check['to_do']}"
        for check in answer["checks"]
        if not check["is_fine"]
    }


@contextmanager
def a_worker(regulars: CommandLine, redis_url: str) -> Iterator[None]:
    """A real worker process for points, already listening."""
    environ = {**environment(), **regulars.environ, "REDIS_URL": redis_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "worker", "points"], env=environ, stderr=subprocess.DEVNULL
    )
    try:
        with Redis.from_url(redis_url) as redis:
            ends_s = time.monotonic() + 20
            # Workers that other tests killed are still on the list; their own keys are gone.
            while not any(redis.exists(key) for key in redis.smembers("rq:workers:points")):
                assert time.monotonic() < ends_s
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def test_a_running_installation_is_well(
    regulars_anywhere: CommandLine, world: World, valkey_url: str
) -> None:
    world.tell(world.connect(), an_order())
    world.wait(minutes=-1)
    tick(world.env)
    with a_worker(regulars_anywhere, valkey_url):
        assert checked(regulars_anywhere, REDIS_URL=valkey_url) == {}
        said = regulars_anywhere("doctor", REDIS_URL=valkey_url).out
    assert "✓ store Birch: nothing waits, all could be read, no warning is open.\n" in said
    assert said.endswith("\nAll is well.\n")


def test_where_nothing_was_started_everything_is_missing(untouched: CommandLine, new_folder: Path) -> None:
    wrong = checked(untouched)
    assert set(wrong) == {"data folder", "secrets", "database", "queue"}
    assert all("bin/start" in sentence for sentence in wrong.values())
    assert not new_folder.exists()


def test_an_installation_that_stands_still_says_how_to_start_it(
    regulars: CommandLine, sqlite_world: World
) -> None:
    assert set(checked(regulars)) == {"beat", "queue"}
    sqlite_world.wait(minutes=-10)
    tick(sqlite_world.env)
    assert "9 minutes ago" in checked(regulars)["beat"]
    said = regulars("doctor")
    assert (
        "! queue: no queue server is set, so no worker can be rung from here.\n    ▸ set REDIS_URL"
        in said.out
    )
    assert said.out.endswith("2 of 8 need a look.\n")


def test_files_that_others_can_read_are_named(regulars: CommandLine, sqlite_world: World) -> None:
    settings = sqlite_world.env.settings
    settings.data_dir.chmod(0o755)
    settings.secrets_file.chmod(0o640)
    wrong = checked(regulars)
    assert f"chmod 700 {settings.data_dir}" in wrong["data folder"]
    assert f"chmod 600 {settings.secrets_file}" in wrong["secrets"]


def test_secrets_that_are_not_those_of_the_database_are_found(
    regulars: CommandLine, sqlite_world: World
) -> None:
    sqlite_world.connect()
    sqlite_world.env.settings.secrets_file.unlink()
    regulars("store", "list")  # makes new ones
    assert "encrypted with other secrets" in checked(regulars)["store Birch"]


def test_weak_secrets_are_found(regulars: CommandLine) -> None:
    assert "secrets of an installation" in checked(regulars, REGULARS_SECRETS="{}")["secrets"]


def test_what_waits_is_dead_or_needs_a_word_is_named(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    sqlite_world.post(store, b"not json")
    sqlite_world.drain(store)
    dead = checked(regulars)["store Birch"]
    assert dead == (
        "1 delivery is unreadable and not counted ▸ see why under Activity on the store's page, or by "
        f"bin/regulars inbox dead --store {store.store_id}"
    )
    sqlite_world.tell(store, an_order(status="on-its-way", date_paid_gmt=None))
    assert "status “on-its-way”" in checked(regulars)["store Birch"]


def test_whatever_waits_for_somebody_is_named_with_what_to_do(
    regulars: CommandLine, sqlite_world: World
) -> None:
    store = sqlite_world.connect(is_offline=False)
    sqlite_world.tell(store, an_order(currency="USD"))
    with sqlite_world.database.write(store.store_id) as db:
        effects.ask(db, store.store_id, effects.FETCH_ORDER, ["1", "2"], sqlite_world.now)
        one, _two = effects.due(db, store.store_id, sqlite_world.now, 2)
        effects.finish(db, one, "failed", "the app lacks {read_orders}.", sqlite_world.now)
        effects.park(db, store.store_id, effects.FETCH_ORDER, "the keys are dead", sqlite_world.now)
    said = regulars("doctor").out
    assert (
        "1 delivery is held for want of a currency's rate.\n    ▸ set it under Settings, Currencies" in said
    )
    assert "1 call waits for keys that work.\n    ▸ bin/regulars store set-keys --store 1" in said
    assert "1 call was refused for good, the last because: the app lacks (read_orders).\n    ▸ mend" in said


def test_b2_refused_deliveries_are_counted_per_store_until_new_keys_come(
    regulars_anywhere: CommandLine, world: World
) -> None:
    store, other = world.connect(), world.connect("Acorn")
    for _ in range(3):
        assert world.post(store, b"{}", headers={"X-WC-Webhook-Signature": "x" * 44}) == 401
        world.wait(seconds=15)
    assert "(3 times, last" in checked(regulars_anywhere)["store Birch"]
    assert world.notices(other) == []

    regulars_anywhere("store", "set-keys", "--store", "Birch", "--webhook-secret", "hook-new")
    assert "store Birch" not in checked(regulars_anywhere)


def test_many_refused_at_once_are_written_in_one_go(sqlite_world: World) -> None:
    store = sqlite_world.connect()
    for wait_s in (0, 0, 15):
        sqlite_world.wait(seconds=wait_s)
        assert sqlite_world.post(store, b"{}", headers={"X-WC-Webhook-Signature": "x" * 44}) == 401
    with sqlite_world.database.read(store.store_id) as db:
        (notice,) = stores.open_notices(db, store.store_id)
    assert (notice.kind, notice.times) == ("refused", 3)


def test_what_was_refused_long_ago_is_no_news(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    sqlite_world.wait(days=-2)
    assert sqlite_world.post(store, b"{}", headers={"X-WC-Webhook-Signature": "x" * 44}) == 401
    assert "store Birch" not in checked(regulars)


def test_what_only_the_store_knows_is_mentioned_and_no_trouble(
    regulars: CommandLine, sqlite_world: World
) -> None:
    store = sqlite_world.connect()
    sqlite_world.tell(store, an_order(date_modified_gmt=None))
    assert sqlite_world.inbox(store) == {"needs_fetch": 1}
    assert "1 delivery needs what only the store can tell: it is never called.\n" in regulars("doctor").out


def test_a_delivery_that_waits_long_is_named(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    sqlite_world.wait(hours=-3)
    sqlite_world.post(store, body_of(an_order()))
    assert "a delivery of 2 hours ago still waits" in checked(regulars)["store Birch"]


def test_a_ledger_that_could_be_changed_is_found(regulars_anywhere: CommandLine, world: World) -> None:
    owner = make_url(world.env.settings.database_url)
    if owner.drivername == "sqlite":
        statement = "DROP TRIGGER entries_no_update"
    else:
        statement = "ALTER TABLE entries DISABLE TRIGGER entries_append_only"
    as_owner(world, statement)
    assert "would let booked points be changed" in checked(regulars_anywhere)["ledger"]


def as_owner(world: World, statement: str) -> None:
    """Run a statement as the owner of the tables, as a careless operator would."""
    from sqlalchemy import create_engine

    engine = create_engine(world.env.settings.database_url)
    with engine.begin() as db:
        db.execute(text(statement))
    engine.dispose()


def test_a_second_wall_with_a_hole_is_found(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with World.open(postgres_url, tmp_path / "data") as world:
        regulars = command_line_of(world, monkeypatch)
        assert "database role" not in checked(regulars)
        as_owner(world, "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY")
        as_owner(world, "ALTER TABLE members OWNER TO regulars_app")
        wrong = checked(regulars)["database role"]
    assert "orders has no forced row security" in wrong
    assert "the role regulars_app owns members" in wrong


def test_a_database_out_of_reach_is_named(regulars: CommandLine) -> None:
    wrong = checked(regulars, DATABASE_URL="postgresql://nobody@/nothing?host=/nowhere")
    assert "PostgreSQL at a socket cannot be reached" in wrong["database"]


def test_a_schema_of_another_version_is_named_and_left_alone(
    regulars: CommandLine, sqlite_world: World
) -> None:
    as_owner(sqlite_world, "UPDATE alembic_version SET version_num = '0000'")
    assert "schema of another version" in checked(regulars)["database"]
    assert "schema of another version" in checked(regulars)["database"]


def test_a_queue_that_drops_keys_or_has_no_worker_is_named(
    regulars: CommandLine, valkey_url: str, tmp_path: Path
) -> None:
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()  # workers killed in other tests are still noted there
        assert "no worker listens" in checked(regulars, REDIS_URL=valkey_url)["queue"]
        redis.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "noeviction" in checked(regulars, REDIS_URL=valkey_url)["queue"]
        finally:
            redis.config_set("maxmemory-policy", "noeviction")
    assert "does not answer" in checked(regulars, REDIS_URL=f"unix://{tmp_path}/none.sock")["queue"]


def test_clocks_that_disagree_are_named(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.wait(hours=1)
    tick(sqlite_world.env)
    assert "which is still to come" in checked(regulars)["clock"]
