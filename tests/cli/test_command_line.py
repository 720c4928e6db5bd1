"""What all commands have in common."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import COMMANDS
from tests.cli.conftest import CommandLine, environment
from tests.payloads import an_order
from tests.world import World


def test_help_names_every_command(regulars: CommandLine) -> None:
    said = regulars("--help").out
    assert all(f"\n  {name} " in said for name in COMMANDS)


@pytest.mark.parametrize("command", ["store", "program", "member", "inbox"])
def test_every_group_explains_itself(regulars: CommandLine, command: str) -> None:
    assert "Commands:" in regulars(command, "--help").out


@pytest.mark.parametrize(
    "words",
    [
        ("program", "show"),
        ("program", "history"),
        ("member", "show", "--ref", "7"),
        ("ledger",),
        ("explain", "--order", "1"),
        ("inbox",),
        ("inbox", "dead"),
        ("inbox", "replay", "1"),
        ("replay", "--check"),
        ("verify-ledger",),
        ("store", "set-rate", "--currency", "USD", "--rate", "1"),
    ],
)
def test_an_unknown_store_is_answered_with_those_there_are(
    regulars: CommandLine, sqlite_world: World, words: tuple[str, ...]
) -> None:
    sqlite_world.connect()
    refusal = regulars(*words, "--store", "Nope").refusal
    assert refusal == "No store is called “Nope”. There are: Birch (1)."


def test_a_store_can_be_named_by_its_id(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    assert regulars("inbox", "--store", store.store_id).code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nothing",), "No such command 'nothing'. (regulars --help says more.)"),
        (("ledger",), "Missing option '--store'. (regulars ledger --help says more.)"),
        (("ledger", "--store", "1", "--member", "x"), "“x” is no id"),
        (("ledger", "--stroe", "1"), "No such option"),
    ],
)
def test_misspellings_are_one_sentence(regulars: CommandLine, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in regulars(*words).refusal


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "mysql://root@localhost/x", "DATABASE_URL must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://host:port/x", "DATABASE_URL cannot be read"),
        ("DATABASE_URL", "postgresql://nobody@/nothing?host=/nowhere", "The database cannot be reached"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with redis://"),
        ("REGULARS_SECRETS", "{}", "REGULARS_SECRETS does not hold the secrets"),
        ("REGULARS_ALLOW_NETWORKS", "everywhere", "REGULARS_ALLOW_NETWORKS names no network"),
        ("REGULARS_DATA", "/dev/null/here", "The data folder /dev/null/here cannot be used"),
    ],
)
def test_an_environment_that_cannot_be_meant_is_one_sentence(
    untouched: CommandLine, name: str, value: str, sentence: str
) -> None:
    assert sentence in untouched("store", "list", **{name: value}).refusal


def test_a_dead_queue_server_stops_no_command(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    store = sqlite_world.connect()
    sqlite_world.tell(store, an_order())
    said = regulars("inbox", "replay", "1", REDIS_URL=f"unix://{tmp_path}/none.sock")
    assert (said.code, said.out) == (0, "1 delivery is back in line.\n")
    assert said.err == "No queue server answers; a running beat finds the work within 15 s.\n"


def run(regulars: CommandLine, *words: str) -> subprocess.Popen[bytes]:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *words],
        env={**environment(), **regulars.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_the_real_command_prints_utf_8_and_exits_as_it_says(
    regulars: CommandLine, sqlite_world: World
) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    out, err = run(regulars, "explain", "--store", "Birch", "--order", "1042").communicate(timeout=60)
    assert (out.decode(), err) == ("49.95 net × 1, rounded down = 49\n", b"")
    refused = run(regulars, "explain", "--store", "Nope", "--order", "1042")
    out, err = refused.communicate(timeout=60)
    assert (refused.returncode, out) == (2, b"")
    assert err.decode() == "No store is called “Nope”. There are: Birch (1).\n"


def test_a_reader_that_leaves_early_is_no_fault(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    for number in range(1, 4):
        sqlite_world.tell(store, an_order(number))
    process = run(regulars, "ledger", "--store", "Birch", "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 1
