"""`regulars program`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.db.leases import Lease
from core.jobs.drain import give_back, take_store
from tests.cli.conftest import CommandLine
from tests.payloads import ORDERED_AT, an_order
from tests.world import SMALLEST_PROGRAM, World

DOUBLE = '{"earning": [{"kind": "points_per_unit", "points": 2}], "pending_days": 0}'


@pytest.fixture
def double(tmp_path: Path) -> Path:
    """A program file that doubles points."""
    file = tmp_path / "double.json"
    file.write_text(DOUBLE)
    return file


def test_the_program_in_force_is_shown_in_full(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect(program=None)
    shown = regulars("program", "show", "--store", "Birch", "--json").json
    assert (shown["version"], shown["effective_from"]) == (1, "1970-01-01T00:00:00Z")
    assert shown["program"]["pending_days"] == 14
    assert shown["program"]["earning"][0]["per_minor"] == 100


def test_what_is_shown_can_be_applied_again(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    sqlite_world.connect()
    (tmp_path / "shown.json").write_text(regulars("program", "show", "--store", "Birch").out)
    before = regulars("program", "show", "--store", "Birch", "--json").json["program"]
    regulars("program", "apply", tmp_path / "shown.json", "--store", "Birch")
    after = regulars("program", "show", "--store", "Birch", "--json").json
    assert (after["version"], after["program"]) == (3, before)


def test_before_anything_is_settled_a_program_counts_from_the_beginning(
    regulars_anywhere: CommandLine, world: World, double: Path
) -> None:
    store = world.connect(program=None)
    said = regulars_anywhere("program", "apply", double, "--store", "Birch")
    assert said.out == (
        "Version 2 of Birch's program is applied from the beginning: nothing was settled yet, so it takes "
        "the place of the version before it.\n"
    )
    world.tell(store, an_order())
    assert world.points(store) == [99]


def test_later_it_counts_for_orders_placed_from_now_on(
    regulars_anywhere: CommandLine, world: World, double: Path
) -> None:
    store = world.connect()
    world.tell(store, an_order(1))
    said = regulars_anywhere("program", "apply", double, "--store", "Birch", "--json").json
    assert (said["version"], said["is_from_the_beginning"]) == (3, False)
    world.wait(days=1)
    tomorrow = world.now.strftime("%Y-%m-%dT%H:%M:%S")
    dates: dict[str, Any] = {
        "date_created_gmt": tomorrow,
        "date_modified_gmt": tomorrow,
        "date_paid_gmt": tomorrow,
    }
    world.tell(store, an_order(2))
    world.tell(store, an_order(3, **dates))
    assert world.points(store) == [49, 49, 99]


def test_a_past_that_orders_were_settled_under_is_not_rewritten(
    regulars: CommandLine, sqlite_world: World, double: Path
) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    day = (ORDERED_AT - timedelta(days=1)).strftime("%Y-%m-%d")
    refusal = regulars("program", "apply", double, "--store", "Birch", "--from", day).refusal
    assert "Orders were settled under program version 2 already" in refusal


def test_a_time_without_an_offset_is_the_stores_own(
    regulars: CommandLine, sqlite_world: World, double: Path
) -> None:
    sqlite_world.connect()
    words = ("program", "apply", double, "--store", "Birch", "--json", "--from")
    assert regulars(*words, "2099-01-01").json["effective_from"] == "2098-12-31T23:00:00Z"
    assert regulars(*words, "2099-01-01T00:00Z").json["effective_from"] == "2099-01-01T00:00:00Z"
    assert "is not a time" in regulars(*words, "tomorrow").refusal


def test_a_program_may_come_from_standard_input(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect(program=None)
    assert regulars("program", "apply", "-", "--store", "Birch", stdin="\ufeff" + DOUBLE).code == 0
    assert regulars("program", "show", "--store", "Birch", "--json").json["program"]["pending_days"] == 0


def test_every_mistake_is_named_by_its_path(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect()
    broken: dict[str, Any] = json.loads(SMALLEST_PROGRAM) | {"pendig_days": 1, "expiry": {"kind": "soon"}}
    broken["earning"][0]["per_minor"] = 0
    said = regulars("program", "apply", "-", "--store", "Birch", stdin=json.dumps(broken))
    assert (said.code, said.out) == (2, "")
    first, *mistakes = said.err.splitlines()
    assert first == "Nothing was applied; the program has 3 mistakes:"
    paths = {line.split()[0] for line in mistakes}
    assert paths == {"earning[0].per_minor", "expiry.kind", "pendig_days"}
    assert regulars("program", "show", "--store", "Birch", "--json").json["version"] == 2


@pytest.mark.parametrize(
    ("stdin", "words"), [("{", "is not JSON"), ("[]", "must be a JSON object"), ("x" * 1_000_001, "larger")]
)
def test_what_is_no_program_at_all_is_refused(
    regulars: CommandLine, sqlite_world: World, stdin: str, words: str
) -> None:
    sqlite_world.connect()
    said = regulars("program", "apply", "-", "--store", "Birch", stdin=stdin)
    assert said.code == 2
    assert words in said.err


def test_a_file_that_is_not_there_is_refused(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect()
    said = regulars("program", "apply", "/nowhere.json", "--store", "Birch")
    assert said.refusal == "/nowhere.json cannot be used: No such file or directory."


def test_history_tells_which_version_counts_when(
    regulars: CommandLine, sqlite_world: World, double: Path
) -> None:
    sqlite_world.connect()
    regulars("program", "apply", double, "--store", "Birch", "--from", "2099-01-01")
    lines = regulars("program", "history", "--store", "Birch", "--json").lines
    assert [(line["version"], line["state"]) for line in lines] == [
        (1, "over"),
        (2, "in force"),
        (3, "to come"),
    ]
    assert "from the beginning" in regulars("program", "history", "--store", "Birch").out


def test_applying_waits_for_whoever_works_on_the_store(
    regulars: CommandLine, sqlite_world: World, double: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sqlite_world.connect()
    taken = take_store(sqlite_world.env, store.store_id)
    assert taken is not None
    monkeypatch.setattr("cli.holding.time.sleep", lambda _s: give_back(sqlite_world.env, taken[1]))
    said = regulars("program", "apply", double, "--store", "Birch")
    assert said.code == 0
    assert "Somebody works on Birch; waiting" in said.err


def test_applying_gives_up_when_the_store_is_never_free(
    regulars: CommandLine, sqlite_world: World, double: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sqlite_world.connect()
    assert take_store(sqlite_world.env, store.store_id) is not None
    monkeypatch.setattr("cli.holding.PATIENCE_S", 0.1)
    said = regulars("program", "apply", double, "--store", "Birch", "--json")
    assert "being worked on all the time; nothing was changed" in said.refusal
    assert len(regulars("program", "history", "--store", "Birch", "--json").lines) == 2


def test_a_lease_lost_on_the_way_changes_nothing(
    regulars: CommandLine, sqlite_world: World, double: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sqlite_world.connect()
    lost = Lease(store.store_id, "drain", "somebody else has it", claim_size=500)
    monkeypatch.setattr("cli.holding._take", lambda *_: lost)
    said = regulars("program", "apply", double, "--store", "Birch")
    assert said.refusal == "Somebody else works on Birch; nothing was changed. Try again."
    assert len(regulars("program", "history", "--store", "Birch", "--json").lines) == 2


def test_what_a_reward_gives_at_shopify_beyond_one_piece_is_said_when_it_is_applied(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    sqlite_world.connect("Acorn", platform="shopify", webhook_path="acorn.myshopify.com")
    sqlite_world.connect("Birch")
    mug = {"id": "mug", "kind": "free_product", "cost_points": 900, "product": 42}
    (tmp_path / "mug.json").write_text(json.dumps({"rewards": [mug]}))
    here, there = (
        regulars("program", "apply", tmp_path / "mug.json", "--store", store) for store in ("Acorn", "Birch")
    )

    assert "Reward “mug”: On Shopify this code makes every piece of product 42 in the cart free" in here.err
    assert there.err == ""
    said = regulars("program", "apply", tmp_path / "mug.json", "--store", "Acorn", "--json").json
    assert len(said["caveats"]) == 1
