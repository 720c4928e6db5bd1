"""`regulars ledger` and `regulars explain`."""

from __future__ import annotations

from typing import Any

import pytest

from core.services.rates import set_store_rate
from tests.cli.conftest import CommandLine
from tests.payloads import a_refund, an_order
from tests.world import World

LEDGER = ("ledger", "--store", "Birch", "--json")
WEIRD: dict[str, Any] = {"status": "on-its-way", "date_paid_gmt": None}


def test_entries_come_one_a_line_as_they_were_written(regulars_anywhere: CommandLine, world: World) -> None:
    store = world.connect()
    world.tell(store, an_order())
    world.tell(store, an_order(minute=1, refunds=[a_refund("10.00")]))
    first, second = regulars_anywhere(*LEDGER).lines
    assert list(first) == [
        *("entry_id", "kind", "points", "order_ref", "member_id", "key", "program_version", "reason", "at")
    ]
    assert (first["kind"], first["points"], first["key"]) == ("earn", 49, "order:1042:1")
    assert first["reason"] == "49.95 net × 1, rounded down = 49"
    assert (second["kind"], second["points"], second["key"]) == ("revoke", -10, "order:1042:2")
    assert second["reason"] == "39.95 net is left × 1 = 39; 49 were posted so far, so 10 go"


def test_entries_can_be_of_one_order_or_one_member(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    for number in (1, 2):
        sqlite_world.tell(store, an_order(number, customer_id=number, billing={}))
    finn = regulars("member", "show", "--store", "Birch", "--ref", "2", "--json").json["member_id"]
    assert [line["order_ref"] for line in regulars(*LEDGER, "--order", "1").lines] == ["1"]
    assert [line["order_ref"] for line in regulars(*LEDGER, "--member", finn).lines] == ["2"]
    assert regulars(*LEDGER, "--order", "1", "--member", finn).lines == []
    assert regulars("ledger", "--store", "Birch", "--order", "3").out == "No entries.\n"


def test_the_ledger_is_a_table_for_humans(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order())
    head, line = regulars("ledger", "--store", "Birch").out.splitlines()
    assert head.startswith("entry_id  at ")
    assert line.endswith("order:1042:1  49.95 net × 1, rounded down = 49")


def explained(regulars: CommandLine, order_ref: str = "1042") -> dict[str, Any]:
    """The JSON answer."""
    answer: dict[str, Any] = regulars("explain", "--store", "Birch", "--order", order_ref, "--json").json
    return answer


def test_the_sentence_says_what_was_earned_and_what_went(
    regulars_anywhere: CommandLine, world: World
) -> None:
    store = world.connect()
    world.tell(store, an_order())
    world.tell(store, an_order(minute=1, refunds=[a_refund("10.00")]))
    sentence = "49.95 net × 1, rounded down = 49; 10.00 refunded, 10 revoked"
    told = regulars_anywhere("explain", "--store", "Birch", "--order", "1042")
    assert told.out == f"{sentence}\n"
    assert "the lines of its refunds" in told.err
    answer = explained(regulars_anywhere)
    assert (answer["sentence"], answer["points"], answer["member_id"]) == (sentence, 39, 1)
    assert (answer["program_version"], answer["status"], answer["held"]) == (2, "processing", None)
    assert answer["wants"] == "the lines of its refunds"
    assert [entry["points"] for entry in answer["entries"]] == [49, -10]


def test_the_sentence_stays_with_the_program_of_the_orders_own_time(
    regulars: CommandLine, sqlite_world: World
) -> None:
    store = sqlite_world.connect()
    sqlite_world.tell(store, an_order())
    sqlite_world.apply(store, '{"earning": []}')
    assert explained(regulars)["sentence"] == "49.95 net × 1, rounded down = 49"


@pytest.mark.parametrize(
    ("orders", "points", "sentence"),
    [
        ([an_order(status="pending")], 0, "status “pending” earns nothing: 0 points"),
        (
            [an_order(), an_order(minute=1, status="cancelled")],
            0,
            "status “cancelled” earns nothing: 0 points",
        ),
        (
            [an_order(customer_id=0, billing={})],
            0,
            "49.95 net × 1, rounded down = 49; nobody has them, because the order names no customer and no "
            "e-mail address",
        ),
        (
            [an_order(), an_order(minute=1, **WEIRD)],
            49,
            "49.95 net × 1, rounded down = 49; status “on-its-way” says nothing about payment and is not "
            "named in the program, so it changes nothing",
        ),
        (
            [an_order(**WEIRD)],
            0,
            "status “on-its-way” says nothing about payment and is not named in the program, so it changes "
            "nothing",
        ),
        (
            [an_order(currency="USD")],
            0,
            "the order is in USD and no rate to EUR is set, so it waits: 0 points",
        ),
        ([an_order(date_modified_gmt="?")], 0, "nothing that could be settled was told of it yet: 0 points"),
    ],
)
def test_every_standing_of_an_order_has_its_sentence(
    regulars: CommandLine,
    sqlite_world: World,
    orders: list[dict[str, Any]],
    points: int,
    sentence: str,
) -> None:
    store = sqlite_world.connect()
    for order in orders:
        sqlite_world.tell(store, order)
    answer = explained(regulars)
    assert (answer["sentence"], answer["points"]) == (sentence, points)


def test_a_deleted_order_says_so(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    sqlite_world.tell(store, an_order())
    sqlite_world.tell(store, {"id": 1042}, "order.deleted")
    assert "the store deleted the order on " in explained(regulars)["sentence"]
    assert explained(regulars)["points"] == 0


def test_a_converted_order_names_its_rate(regulars: CommandLine, sqlite_world: World) -> None:
    store = sqlite_world.connect()
    with sqlite_world.database.write(store.store_id) as db:
        set_store_rate(db, store, "USD", "0.5", sqlite_world.now)
    sqlite_world.tell(store, an_order(net="10.00", currency="USD"))
    answer = explained(regulars)
    assert (answer["points"], answer["sentence"]) == (
        5,
        "5.00 net × 1, rounded down = 5; 1 USD counts as 0.5 EUR",
    )


def test_an_order_nobody_told_of_is_refused(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect()
    refusal = regulars("explain", "--store", "Birch", "--order", "99").refusal
    assert refusal == "Birch has told nothing of an order 99."


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "--store", "Birch", "--member"),
        ("redemption", "list", "--store", "Birch", "--member"),
        ("redemption", "show"),
        ("inbox", "replay"),
        ("inbox", "dismiss"),
    ],
)
@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "0", "x"])
def test_an_id_that_no_row_can_have_is_refused_in_words(
    regulars: CommandLine, sqlite_world: World, words: tuple[str, ...], number: str
) -> None:
    sqlite_world.connect()
    ran = regulars(*words, number)
    assert (ran.code, ran.out) == (2, "")
    assert "is no id: a whole number from 1 to 1000000000000000000." in ran.err
    assert len(ran.err) < 200
