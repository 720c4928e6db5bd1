"""`regulars member merge`, `unmerge` and `merges`."""

from __future__ import annotations

from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.world import World


def two_members(world: World) -> None:
    """Ana has 49 points, Bea 20."""
    store = world.connect()
    world.tell(store, an_order(1))
    world.tell(store, an_order(2, "20.00", customer_id=8, billing={"email": "bea@example.com"}))


def test_two_members_become_one_and_two_again(regulars: CommandLine, sqlite_world: World) -> None:
    two_members(sqlite_world)
    said = regulars("member", "merge", "--store", "Birch", "--from", "2", "--into", "1").out
    assert said.startswith("Member 2 is member 1 from now on, with 69 points available and 0 pending.")
    assert "member unmerge --store 1 --merge 1" in said
    for words in (("--ref", "8"), ("--email", "bea@example.com")):
        shown = regulars("member", "show", "--store", "Birch", *words, "--json").json
        assert (shown["member_id"], shown["available_points"]) == (1, 69)
    listed = regulars("member", "merges", "--store", "Birch", "--json").lines
    assert [(one["merge_id"], one["source"], one["undone_at"]) for one in listed] == [(1, "operator", None)]

    said = regulars("member", "unmerge", "--store", "Birch", "--merge", "1").out
    assert said.strip() == "Member 2 stands for itself again, with 20 points available and 0 pending."
    assert "everything adds up" in regulars("verify-ledger").out
    assert "undone already" in regulars("member", "unmerge", "--store", "Birch", "--merge", "1").refusal


def test_who_does_not_exist_is_not_merged(regulars: CommandLine, sqlite_world: World) -> None:
    two_members(sqlite_world)
    said = regulars("member", "merge", "--store", "Birch", "--from", "9", "--into", "1").refusal
    assert said == "Birch has no member 9."
    assert "has no merge 5" in regulars("member", "unmerge", "--store", "Birch", "--merge", "5").refusal
