"""`regulars member adjust` and `undo-adjustment`."""

from __future__ import annotations

from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.world import World


def test_points_are_given_and_taken_back(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    words = ("member", "adjust", "--store", "Birch", "--member", "1", "--note", "Sorry for the wait")
    said = regulars(*words, "--points", "25").out
    assert said.startswith("25 points added: member 1 has 74 points to spend now.")
    assert "member undo-adjustment --store 1 --adjustment 1" in said
    undone = regulars("member", "undo-adjustment", "--store", "Birch", "--adjustment", "1", "--json").json
    assert (undone["available_points"], undone["debt_points"]) == (49, 0)
    assert "everything adds up" in regulars("verify-ledger").out


def test_what_is_not_there_is_taken_only_where_it_may_be_owed(
    regulars: CommandLine, sqlite_world: World
) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    words = ("member", "adjust", "--store", "Birch", "--member", "1", "--points=-60", "--note", "Given twice")
    assert "There are 49 points that can be taken" in regulars(*words).refusal
    assert "0 points to spend and owes 11 now" in regulars(*words, "--may-owe").out


def test_who_does_not_exist_and_what_says_nothing_is_refused(
    regulars: CommandLine, sqlite_world: World
) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    words = ("member", "adjust", "--store", "Birch", "--points", "5")
    assert regulars(*words, "--member", "9", "--note", "x").refusal == "Birch has no member 9."
    assert "Say why" in regulars(*words, "--member", "1", "--note", " ").refusal
    refused = regulars("member", "undo-adjustment", "--store", "Birch", "--adjustment", "5").refusal
    assert refused == "Birch has no adjustment 5."
