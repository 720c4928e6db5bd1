"""A store leaves by the command line, and comes in elsewhere."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.world import World


def test_a_store_is_exported_and_taken_in_by_another(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    world = sqlite_world
    birch, oak = world.connect(), world.connect("Oak")
    world.tell(birch, an_order())
    file = tmp_path / "birch.jsonl"
    assert regulars("store", "export", str(file), "--store", "Birch", "--json").json["lines"] == 9
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in regulars("store", "export", str(file), "--store", "Birch").refusal
    assert json.loads(file.read_bytes().splitlines()[-1])["points"]["entries"] == 49

    looked = regulars("store", "import-export", str(file), "--store", "Oak", "--check", "--json").json
    assert looked["counts"]["member"] == 1
    assert world.total(oak) == 0
    taken = regulars("store", "import-export", str(file), "--store", "Oak")
    assert "Every balance is what it was" in taken.out
    assert world.total(oak) == 49
    assert world.balance(oak) == (0, 0, 0), "it is another store: its customer 7 is somebody else"
    again = regulars("store", "import-export", str(file), "--store", "Oak").refusal
    assert "only while a store is empty" in again
    assert regulars("verify-ledger").code == 0


def test_a_file_that_is_none_is_refused_in_one_sentence(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    sqlite_world.connect("Oak")
    file = tmp_path / "no.jsonl"
    file.write_text("nothing\n")
    assert (
        "Line 1: it is no JSON object"
        in regulars("store", "import-export", str(file), "--store", "Oak").refusal
    )


def test_balances_are_checked_and_booked_by_the_command_line(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    birch = sqlite_world.connect()
    sqlite_world.tell(birch, an_order())
    file = tmp_path / "balances.csv"
    file.write_text("email,points\nana@example.com,51\ngus,5\n")
    looked = regulars("member", "import", file, "--store", "Birch")
    assert (looked.code, "3," in looked.err) == (1, True)
    assert "1 lines can be booked, 1 are left out. Points before 49, +51 move, after 100." in looked.out
    assert sqlite_world.total(birch) == 49
    assert "+51 points" in regulars("member", "import", file, "--store", "Birch", "--yes").out
    again = regulars("member", "import", file, "--store", "Birch", "--yes")
    assert (again.code, "was booked already" in again.err) == (2, True)
    assert regulars("member", "import", file, "--store", "Birch", "--yes", "--again", "Birch").code == 1
    assert sqlite_world.balance(birch) == (151, 0, 0)
