"""`regulars redeem` and `regulars redemption`: read by a person, and by a program with --json."""

from __future__ import annotations

import json

import pytest

from core.db import redemptions, stores
from core.domain.stores import Store
from core.services.unheard import CODE_USED
from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.world import World

PROGRAM = json.dumps(
    {
        "pending_days": 0,
        "rewards": [{"id": "four", "kind": "amount_off", "cost_points": 40, "amount_minor": 400}],
    }
)


@pytest.fixture
def birch(sqlite_world: World) -> Store:
    """Where member 1 has 49 points."""
    store = sqlite_world.connect(program=PROGRAM, is_offline=False)
    sqlite_world.tell(store, an_order())
    return store


def wish(**changes: object) -> list[str | int]:
    """The words of a redemption."""
    said = {"store": "Birch", "member": 1, "reward": "four", "idempotency-key": "k", **changes}
    return ["redeem", *(str(word) for name, value in said.items() for word in (f"--{name}", value))]


def available(regulars: CommandLine) -> int:
    """What Ana can spend."""
    return int(regulars("member", "show", "--store", "Birch", "--ref", 7, "--json").json["available_points"])


def test_points_become_a_redemption_once_for_a_key(regulars: CommandLine, birch: Store) -> None:
    first, again = regulars(*wish(), "--json"), regulars(*wish(), "--json")

    assert again.json == first.json
    assert (first.json["state"], first.json["cost_points"], first.json["member_id"]) == ("pending", 40, 1)
    assert available(regulars) == 9


def test_it_is_said_what_happens_next(regulars: CommandLine, birch: Store) -> None:
    assert birch.store_id
    assert "pending: The points are spent; the store is being asked for the code." in regulars(*wish()).out


def test_at_a_store_that_is_never_called_no_point_moves(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect(program=PROGRAM)
    sqlite_world.tell(store, an_order())

    assert "Birch is never called, so no code can be made there." in regulars(*wish()).refusal
    assert available(regulars) == 49


def test_another_wish_under_the_key_is_refused(regulars: CommandLine, birch: Store) -> None:
    assert birch.name == "Birch"
    regulars(*wish())

    assert "take a new key for a new wish" in regulars(*wish(points=40)).refusal


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reward": "five"}, "There is no reward “five”; the program has: four."),
        ({"member": 2}, "There is no member 2 in this store."),
        ({"points": 41}, "This reward costs 40 points, not 41."),
        ({"idempotency-key": ""}, "An idempotency key is 1 to 120 printable characters."),
        ({"store": "Oak"}, "Oak"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_sentence(
    regulars: CommandLine, birch: Store, changes: dict[str, object], says: str
) -> None:
    assert birch.store_id
    assert says in regulars(*wish(**changes)).refusal


def test_a_redemption_is_shown_and_taken_back(regulars: CommandLine, birch: Store) -> None:
    made = regulars(*wish(), "--json").json
    assert regulars("redemption", "show", made["redemption_id"], "--json").json == made
    back = regulars("redemption", "cancel", made["redemption_id"])

    assert "cancelled: The code is off and the points are back." in back.out
    assert available(regulars) == 49
    assert regulars("verify-ledger").code == 0


@pytest.mark.parametrize("number", [2, 10**18])
@pytest.mark.parametrize("command", ["show", "cancel"])
def test_a_redemption_that_is_not_there_is_refused(
    regulars: CommandLine, birch: Store, command: str, number: int
) -> None:
    assert birch.store_id
    assert regulars("redemption", command, number).refusal.endswith(f"There is no redemption {number}.")


def test_a_number_no_database_takes_is_refused(regulars: CommandLine, birch: Store) -> None:
    assert birch.store_id
    for words in (wish(member=10**30), ["redemption", "show", 10**30], ["redemption", "cancel", 0]):
        assert "is no id: a whole number from 1 to" in regulars(*words).refusal


def test_codes_that_wait_for_more_than_an_hour_are_told_of_by_doctor_and_listed(
    regulars: CommandLine, sqlite_world: World, birch: Store
) -> None:
    cheap = json.loads(PROGRAM)
    cheap["rewards"][0]["cost_points"] = 10
    sqlite_world.wait(days=-60)
    sqlite_world.apply(birch, json.dumps(cheap), sqlite_world.now)
    ids = [
        regulars(*wish(**{"idempotency-key": f"k{one}"}), "--json").json["redemption_id"] for one in "1234"
    ]
    assert "code" not in regulars("doctor").out.split("store Birch")[1]
    long_ago = {"changed_at": sqlite_world.now}
    with sqlite_world.database.write(birch.store_id) as db:
        redemptions.change(db, birch.store_id, ids[0], **long_ago)
        redemptions.change(db, birch.store_id, ids[1], tried_at=sqlite_world.now, tries=1, **long_ago)
        redemptions.change(db, birch.store_id, ids[2], state="cancelling", **long_ago)
        redemptions.change(db, birch.store_id, ids[3], state="live", **long_ago)

    said = regulars("doctor").out
    list_them = f"    ▸ bin/regulars redemption list --store {birch.store_id} --waiting\n"
    assert f"1 code has not been asked for yet for more than an hour.\n{list_them}" in said
    assert f"1 code has been asked for without a clear answer for more than an hour.\n{list_them}" in said
    assert f"1 code has been on the way off for more than an hour.\n{list_them}" in said
    listed = regulars("redemption", "list", "--store", "Birch", "--waiting", "--json").lines
    assert [line["redemption_id"] for line in listed] == ids[:3]


def test_an_order_that_is_waited_for_is_told_of_with_the_redemption(
    regulars: CommandLine, sqlite_world: World, birch: Store
) -> None:
    redemption = regulars(*wish(), "--json").json["redemption_id"]
    said = "Birch counts a use of code X."
    with sqlite_world.database.write(birch.store_id) as db:
        stores.raise_notice(db, birch.store_id, CODE_USED, str(redemption), said, sqlite_world.now)

    assert regulars("redemption", "show", redemption, "--json").json["notice"] == said
    assert said in regulars("redemption", "show", redemption).out
    assert "--waiting" in regulars("doctor").out
