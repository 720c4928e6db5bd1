"""`regulars backup` and `restore`: one file holds everything, and gives it back to either database."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.config.secrets import ensure_secrets
from core.config.settings import Settings
from core.db import backups
from core.db.dumping import lines_of, standing_still, tables_of
from core.db.migrate import alone, latest_revision, owners_engine, upgrade_connection
from tests.cli.conftest import CommandLine
from tests.cli.test_verify_ledger import a_life
from tests.payloads import an_order
from tests.servers import Postgres
from tests.world import World

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres_server")
    name = f"e_{uuid.uuid4().hex[:12]}"
    server.sql(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def elsewhere(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line of a machine where nothing is yet."""
    environ = {"DATABASE_URL": empty_url, "REGULARS_DATA": str(tmp_path / "elsewhere")}
    return CommandLine(environ, monkeypatch)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The same with the embedded database alone."""
    environ = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bare.db'}",
        "REGULARS_DATA": str(tmp_path / "elsewhere"),
    }
    return CommandLine(environ, monkeypatch)


def everything_in(database_url: str) -> dict[str, list[str]]:
    """Every row of every table. That a backup was taken is written down after it: it stands for itself."""
    with standing_still(database_url) as db:
        return {table.name: list(lines_of(db, table)) for table in tables_of(db) if table.name != "backups"}


def test_whatever_was_in_one_database_is_in_the_other_after_a_restore_and_life_goes_on(
    regulars_anywhere: CommandLine, world: World, elsewhere: CommandLine, empty_url: str, tmp_path: Path
) -> None:
    store = a_life(world)
    file = tmp_path / "all.backup"
    told = regulars_anywhere("backup", file, "--passphrase", PASSPHRASE, "--json").json
    assert told["rows"]["entries"] > 5

    said = elsewhere("restore", file, "--passphrase", PASSPHRASE)
    assert (said.code, said.err) == (0, "")
    assert everything_in(empty_url) == everything_in(world.env.settings.database_url)
    assert elsewhere("verify-ledger").code == 0

    with World.open(empty_url, Path(elsewhere.environ["REGULARS_DATA"])) as again:
        again.moment[0] = world.now
        again.tell(store, an_order(99, net="12.00", customer_id=4711))
        assert 12 in again.points(store)


def test_without_a_passphrase_no_key_of_the_installation_is_in_the_file(
    regulars: CommandLine, sqlite_world: World, bare: CommandLine, tmp_path: Path
) -> None:
    a_life(sqlite_world)
    file = tmp_path / "all.backup"
    assert "The keys are not in it" in regulars("backup", file).out
    with zipfile.ZipFile(file) as archive:
        told = b"".join(archive.read(name) for name in archive.namelist()).decode()
    keys = sqlite_world.env.secrets
    assert not any(key in told for key in (*keys.encryption_keys, keys.identity_key.hex()))
    assert "first put the secrets.json" in bare("restore", file).refusal


def test_that_a_backup_was_taken_is_known_from_then_on_and_one_that_failed_is_not(
    regulars_anywhere: CommandLine, world: World, tmp_path: Path
) -> None:
    world.connect()
    file = tmp_path / "all.backup"
    assert regulars_anywhere("backup", tmp_path / "no" / "folder" / "x").code != 0
    with world.database.read_all() as db:
        assert backups.newest(db) is None
    regulars_anywhere("backup", file, "--passphrase", PASSPHRASE)
    with world.database.read_all() as db:
        noted = backups.newest(db)
    assert noted is not None
    assert (noted.size_bytes, noted.has_keys) == (file.stat().st_size, True)


def test_a_backup_is_for_nobody_elses_eyes(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    sqlite_world.connect()
    regulars("backup", tmp_path / "all.backup")
    assert (tmp_path / "all.backup").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*all.backup*")] == ["all.backup"]


def test_a_file_of_which_one_byte_changed_is_refused_and_nothing_of_it_is_put_back(
    regulars: CommandLine, sqlite_world: World, bare: CommandLine, tmp_path: Path
) -> None:
    a_life(sqlite_world)
    file, changed = tmp_path / "all.backup", tmp_path / "changed.backup"
    regulars("backup", file, "--passphrase", PASSPHRASE)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(
                name, content.replace(b'"points":', b'"points": ', 1) if "entries" in name else content
            )

    assert "damaged in “entries”" in bare("restore", changed, "--passphrase", PASSPHRASE).refusal
    assert "damaged in “entries”" in regulars("restore", changed, "--check").refusal
    assert not (tmp_path / "bare.db").exists()
    file.write_bytes(file.read_bytes()[:-40])
    assert "not a whole backup" in bare("restore", file).refusal


def test_a_restore_touches_no_database_that_holds_anything(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    sqlite_world.connect()
    before = everything_in(sqlite_world.env.settings.database_url)
    regulars("backup", tmp_path / "all.backup")
    assert "The database is not empty" in regulars("restore", tmp_path / "all.backup").refusal
    assert everything_in(sqlite_world.env.settings.database_url) == before


def test_keys_of_another_installation_or_a_wrong_passphrase_open_nothing(
    regulars: CommandLine, sqlite_world: World, bare: CommandLine, tmp_path: Path
) -> None:
    sqlite_world.connect()
    file = tmp_path / "all.backup"
    assert "at least 12 characters" in regulars("backup", file, "--passphrase", "short").refusal
    regulars("backup", file, "--passphrase", PASSPHRASE)
    assert "name it with --passphrase" in bare("restore", file).refusal
    assert "not the one" in bare("restore", file, "--passphrase", "wrong horse battery").refusal
    with World.open("sqlite://", tmp_path / "other") as other:
        text_of_others = other.env.secrets.text()
    refused = bare("restore", file, REGULARS_SECRETS=text_of_others).refusal
    assert "keys of another installation" in refused


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path, bare: CommandLine) -> None:
    old = Settings.load({"DATABASE_URL": f"sqlite:///{tmp_path / 'old.db'}"}, tmp_path / "old")
    with World.open("sqlite://", old.data_dir):
        pass
    with owners_engine(old.database_url) as engine, engine.begin() as db, alone(db):
        upgrade_connection(db, "0005")
        db.execute(
            text(
                "INSERT INTO stores (id, name, platform, url, currency, timezone, is_offline, webhook_path, "
                "credentials, created_at) VALUES (7, 'Birch', 'woocommerce', 'https://birch.example', 'JPY', "
                "'Asia/Tokyo', 1, 'abc', x'00', '2026-01-02 03:04:05')"
            )
        )
    from_old = CommandLine(
        {"DATABASE_URL": old.database_url, "REGULARS_DATA": str(old.data_dir)}, bare.monkeypatch
    )
    assert from_old("backup", tmp_path / "old.backup", "--passphrase", PASSPHRASE).code == 0
    assert bare("restore", tmp_path / "old.backup", "--passphrase", PASSPHRASE).code == 0
    listed = bare("store", "list", "--json").lines
    assert [(store["store_id"], store["name"]) for store in listed] == [(7, "Birch")]
    with standing_still(bare.environ["DATABASE_URL"]) as db:
        assert db.execute(text("SELECT version_num FROM alembic_version")).scalar() == latest_revision()


def test_keys_that_were_rotated_since_are_found_in_the_backup_again(
    regulars: CommandLine, sqlite_world: World, bare: CommandLine, tmp_path: Path
) -> None:
    store = sqlite_world.connect()
    settings = sqlite_world.env.settings
    file, alone = tmp_path / "all.backup", tmp_path / "without_keys.backup"
    regulars("backup", file, "--passphrase", PASSPHRASE)
    regulars("backup", alone)
    assert regulars("rotate-keys", "--stopped").code == 0
    folder = Path(bare.environ["REGULARS_DATA"])
    folder.mkdir(mode=0o700)
    (folder / "secrets.json").write_bytes(settings.secrets_file.read_bytes())

    assert "were changed since" in bare("restore", alone, "--passphrase", PASSPHRASE).refusal
    assert "name it with --passphrase" in bare("restore", file).refusal
    assert bare("restore", file, "--passphrase", PASSPHRASE).code == 0
    held = ensure_secrets(Settings.load({}, folder))
    with standing_still(bare.environ["DATABASE_URL"]) as db:
        sealed = db.execute(text("SELECT credentials FROM stores")).scalar_one()
    assert held.unseal(sealed)["webhook_secret"]
    assert store.name in bare("store", "list").out


def test_wherever_a_byte_is_changed_the_file_is_refused_in_one_sentence(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    a_life(sqlite_world)
    file, changed = tmp_path / "all.backup", tmp_path / "changed.backup"
    regulars("backup", file)
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        packed = [entry for entry in archive.infolist() if entry.compress_size > 100]
    for entry in packed:
        at = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert "take another" in regulars("restore", changed, "--check").refusal
