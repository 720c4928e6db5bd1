"""`regulars member`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cli.conftest import CommandLine
from tests.payloads import ORDERED_AT, an_order, gmt
from tests.world import World

PENDING = '{"earning": [{"kind": "points_per_unit"}], "pending_days": 14}'
ROLLING = '{"pending_days": 0, "expiry": {"kind": "rolling", "days": 365}}'


def test_a_member_is_found_by_address_and_by_the_platforms_id(
    regulars_anywhere: CommandLine, world: World
) -> None:
    world.tell(world.connect(), an_order())
    words = ("member", "show", "--store", "Birch", "--json")
    by_email = regulars_anywhere(*words, "--email", " Ana@Example.com ").json
    by_ref = regulars_anywhere(*words, "--ref", "7").json
    assert by_email == by_ref
    assert (by_ref["available_points"], by_ref["pending_points"], by_ref["debt_points"]) == (49, 0, 0)
    assert (by_ref["customer_ref"], by_ref["is_guest"], by_ref["other_member_ids"]) == ("7", False, [])
    assert by_ref["last_activity_at"] == "2026-11-20T10:00:00Z"
    assert [(lot["order_ref"], lot["remaining_points"], lot["is_released"]) for lot in by_ref["lots"]] == [
        ("1042", 49, True)
    ]


def test_pending_points_say_when_they_can_be_spent(regulars: CommandLine, sqlite_world: World) -> None:
    soon = sqlite_world.now - timedelta(days=1)
    store = sqlite_world.connect(program=PENDING)
    sqlite_world.tell(store, an_order(1, date_paid_gmt=gmt(soon)))
    sqlite_world.tell(store, an_order(2, net="10.00", date_paid_gmt=gmt(soon + timedelta(hours=1))))
    shown = regulars("member", "show", "--store", "Birch", "--ref", "7", "--json").json
    assert (shown["available_points"], shown["pending_points"]) == (0, 59)
    assert shown["next_release_points"] == 49
    assert shown["next_release_at"] == (soon + timedelta(days=14)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "59 (49 can be spent from" in regulars("member", "show", "--store", "Birch", "--ref", "7").out


def test_rolling_points_end_after_the_last_activity(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect(program=ROLLING)
    sqlite_world.tell(store, an_order())
    shown = regulars("member", "show", "--store", "Birch", "--ref", "7", "--json").json
    # The end of 2027-11-20 in Berlin.
    assert (shown["next_expiry_at"], shown["next_expiry_points"]) == ("2027-11-20T23:00:00Z", 49)


def test_a_guest_is_found_by_address(regulars: CommandLine, sqlite_world: World) -> None:
    gus = an_order(customer_id=0, billing={"email": "gus@example.com"})
    sqlite_world.tell(sqlite_world.connect(), gus)
    shown = regulars("member", "show", "--store", "Birch", "--email", "gus@example.com", "--json").json
    assert (shown["is_guest"], shown["customer_ref"], shown["available_points"]) == (True, None, 49)


def test_an_address_of_guest_and_account_shows_the_account(
    regulars: CommandLine, sqlite_world: World
) -> None:
    store = sqlite_world.connect()
    sqlite_world.tell(store, an_order(1, net="10.00", customer_id=0))
    sqlite_world.tell(store, an_order(2))
    shown = regulars("member", "show", "--store", "Birch", "--email", "ana@example.com", "--json").json
    assert (shown["customer_ref"], shown["available_points"]) == ("7", 49)
    assert shown["other_member_ids"] == [1]
    human = regulars("member", "show", "--store", "Birch", "--email", "ana@example.com").out
    assert "member 1 has the same e-mail address" in human


def test_members_of_one_store_are_strangers_in_another(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    sqlite_world.connect("Acorn")
    refusal = regulars("member", "show", "--store", "Acorn", "--email", "ana@example.com").refusal
    assert refusal == "Acorn has no member with this e-mail address."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--email", "ana"), "“ana” is not an e-mail address"),
        (("--ref", "99"), "no member with the customer id 99"),
        ((), "by --email or by --ref"),
        (("--email", "ana@example.com", "--ref", "7"), "by --email or by --ref"),
    ],
)
def test_members_nobody_can_mean_are_refused(
    regulars: CommandLine, sqlite_world: World, words: tuple[str, ...], sentence: str
) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    assert sentence in regulars("member", "show", "--store", "Birch", *words).refusal


def test_a_member_is_shown_to_humans_with_their_lots(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    lines = regulars("member", "show", "--store", "Birch", "--ref", "7").out.splitlines()
    assert lines[0] == "Member       1 of Birch, customer 7"
    assert lines[1] == "Available    49"
    assert lines[-1].split()[:4] == ["1042", "49", "49", "available"]
    assert ORDERED_AT.strftime("%Y-%m-%d %H:%M:%SZ") in lines[-1]
