"""`regulars inbox`."""

from __future__ import annotations

from sqlalchemy import update

from core.db.tables import inbox
from core.domain.stores import Store
from tests.cli.conftest import CommandLine
from tests.payloads import an_order, body_of
from tests.world import World


def a_busy_store(world: World, name: str = "Birch") -> Store:
    """One with a delivery in each state but `needs_fetch`."""
    store = world.connect(name)
    world.tell(store, an_order(1))
    world.tell(store, an_order(2, currency="USD"))
    world.post(store, b"{}", topic="product.updated")
    world.post(store, b"not json")
    world.drain(store)
    world.post(store, body_of(an_order(3)))
    return store


def test_deliveries_are_counted_by_state(regulars_anywhere: CommandLine, world: World) -> None:
    a_busy_store(world)
    assert regulars_anywhere("inbox", "--store", "Birch", "--json").json == {
        "new": 1,
        "done": 1,
        "ignored": 1,
        "held": 1,
        "needs_fetch": 0,
        "dead": 1,
        "quarantined": 0,
    }
    assert "1 dead         could not be understood" in regulars_anywhere("inbox", "--store", "Birch").out


def test_without_a_store_every_store_is_counted(regulars: CommandLine, sqlite_world: World) -> None:
    assert "No store is connected" in regulars("inbox").out
    a_busy_store(sqlite_world)
    sqlite_world.connect("Acorn")
    assert [(line["store"], line["dead"]) for line in regulars("inbox", "--json").lines] == [
        ("Birch", 1),
        ("Acorn", 0),
    ]


def test_dead_deliveries_say_what_is_wrong_with_them(regulars: CommandLine, sqlite_world: World) -> None:
    a_busy_store(sqlite_world)
    (dead,) = regulars("inbox", "dead", "--store", "Birch", "--json").lines
    assert (dead["topic"], dead["order_ref"]) == ("order.updated", None)
    assert "not JSON" in dead["problem"]
    assert regulars("inbox", "--store", "Birch", "dead", "--json").lines == [dead]
    assert regulars("inbox", "dead", "--json").lines == [dead]
    sqlite_world.connect("Acorn")
    assert regulars("inbox", "dead", "--store", "Acorn").out == "No dead deliveries.\n"


def test_dead_deliveries_go_back_in_line(regulars_anywhere: CommandLine, world: World) -> None:
    store = a_busy_store(world)
    said = regulars_anywhere("inbox", "replay", "--all-dead", "--store", "Birch")
    assert said.out == "1 delivery is back in line.\n"
    assert "No queue server answers" in said.err
    assert world.inbox(store) == {"new": 2, "done": 1, "ignored": 1, "held": 1}


def test_all_dead_of_one_store_leaves_the_others(regulars: CommandLine, sqlite_world: World) -> None:
    birch, acorn = a_busy_store(sqlite_world), a_busy_store(sqlite_world, "Acorn")
    assert regulars("inbox", "replay", "--all-dead", "--store", "Acorn", "--json").json == {"replayed": 1}
    assert sqlite_world.inbox(birch)["dead"] == 1
    assert "dead" not in sqlite_world.inbox(acorn)
    assert regulars("inbox", "replay", "--all-dead", "--json").json == {"replayed": 1}
    assert regulars("inbox", "replay", "--all-dead").out == "No dead deliveries.\n"


def test_one_delivery_can_be_replayed_and_changes_nothing_twice(
    regulars_anywhere: CommandLine, world: World
) -> None:
    store = a_busy_store(world)
    world.drain(store)
    before = world.points(store)
    assert regulars_anywhere("inbox", "replay", "1", "--json").json == {"replayed": 1}
    world.drain(store)
    assert world.points(store) == before


def test_what_cannot_be_replayed_is_refused(regulars: CommandLine, sqlite_world: World) -> None:
    store = a_busy_store(sqlite_world)
    sqlite_world.connect("Acorn")
    replay = ("inbox", "replay")
    assert regulars(*replay, "99").refusal == "There is no delivery 99 of Birch or Acorn."
    assert regulars(*replay, "1", "--store", "Acorn").refusal == "There is no delivery 1 of Acorn."
    assert "waits to be settled already" in regulars(*replay, "5").refusal
    assert "Give the ID of one delivery, or --all-dead." in regulars(*replay).refusal
    assert "Give the ID of one delivery, or --all-dead." in regulars(*replay, "1", "--all-dead").refusal
    with sqlite_world.database.write(store.store_id) as db:
        db.execute(update(inbox).where(inbox.c.id == 1).values(body=None))
    assert "its body was erased" in regulars(*replay, "1").refusal
