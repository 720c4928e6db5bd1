"""`regulars replay --check`: sound ledgers pass, and each kind of damage is found."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.domain.stores import Store
from core.services.rates import set_store_rate
from tests.cli.conftest import CommandLine, command_line_of
from tests.cli.damage import forge_entry, run_sql
from tests.payloads import a_refund, an_order, body_of
from tests.test_proof_captures import captured, deliver
from tests.world import World

CHECK = ("replay", "--check", "--store", "Birch")


def a_life(world: World) -> Store:
    """A store with every kind of order, its program changed and a rate set in the middle of it."""
    store = world.connect()
    world.tell(store, an_order(1))
    world.tell(store, an_order(1, minute=1, refunds=[a_refund("10.00")]))
    world.tell(store, an_order(2, customer_id=0))
    world.tell(store, an_order(3, customer_id=0, billing={}))
    world.tell(store, an_order(4, currency="USD"))
    world.tell(store, an_order(5, currency="GBP"))
    with world.database.write(store.store_id) as db:
        set_store_rate(db, store, "USD", "0.5", world.now)
    world.drain(store)
    with world.database.write(store.store_id) as db:
        set_store_rate(db, store, "USD", "2", world.now)
        set_store_rate(db, store, "GBP", "2", world.now)
    world.tell(store, an_order(6, minute=5))
    world.tell(store, an_order(6, minute=5, customer_id=8))
    world.tell(store, an_order(7))
    world.tell(store, an_order(7, minute=3, customer_id=9, billing={}))
    world.tell(store, an_order(8))
    world.tell(store, {"id": 8}, "order.deleted")
    world.tell(store, an_order(9))
    world.tell(store, {"id": 9}, "order.deleted")
    world.tell(store, an_order(9), "order.restored")
    world.tell(store, an_order(10))
    world.tell(store, an_order(10, minute=1, status="on-its-way", date_paid_gmt=None))
    world.apply(store, '{"earning": [], "pending_days": 0}', world.now)
    world.tell(store, an_order(1, minute=9, refunds=[a_refund("20.00")]))
    world.tell(store, an_order(11, currency="CHF"))
    with world.database.write(store.store_id) as db:
        set_store_rate(db, store, "CHF", "1", world.now)  # its delivery is in line and not settled yet
    return store


def test_a_sound_ledger_passes(regulars_anywhere: CommandLine, world: World) -> None:
    a_life(world)
    answer = regulars_anywhere(*CHECK, "--json").json
    assert (answer["orders"], answer["differing"], answer["differences"]) == (11, 0, [])
    said = regulars_anywhere(*CHECK).out
    assert said == "✓ Birch: 11 orders, told 19 times; every one ends at the points the ledger holds.\n"


def test_a_program_settled_under_an_old_version_is_replayed_under_it(
    regulars: CommandLine, sqlite_world: World
) -> None:
    a_life(sqlite_world)
    ledger = regulars("ledger", "--store", "Birch", "--order", "1", "--json").lines
    assert sum(entry["points"] for entry in ledger) == 29
    assert regulars(*CHECK).code == 0


def test_it_changes_nothing(regulars: CommandLine, sqlite_world: World) -> None:
    a_life(sqlite_world)
    before = regulars("ledger", "--store", "Birch", "--json").out
    regulars(*CHECK)
    assert regulars("ledger", "--store", "Birch", "--json").out == before


def test_it_goes_through_more_orders_than_one_portion_holds(
    regulars_anywhere: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.services.replaying.PORTION", 3)
    a_life(world)
    assert regulars_anywhere(*CHECK, "--json").json["orders"] == 11
    forge_entry(world, world_store(world), 5, order_ref="10")
    assert differing(regulars_anywhere) == {"10"}


def world_store(world: World) -> Store:
    """The one store."""
    from core.db import stores

    with world.database.read_all() as db:
        return stores.all_stores(db)[0]


def differing(regulars: CommandLine) -> set[str]:
    """The orders a failing check names; it must fail."""
    ran = regulars(*CHECK, "--json")
    assert ran.code == 1
    answer: dict[str, Any] = json.loads(ran.out)
    assert answer["differing"] == len(answer["differences"])
    return {difference["order_ref"] for difference in answer["differences"]}


SNAPSHOT = (
    "UPDATE order_snapshots SET snapshot = replace(snapshot, {}) WHERE store_id = :store AND order_ref = '2'"
)

DAMAGE: list[tuple[Callable[[World, Store], None], set[str]]] = [
    (lambda world, store: forge_entry(world, store, 5, order_ref="1"), {"1"}),
    (lambda world, store: forge_entry(world, store, 5, order_ref="77"), {"77"}),
    (lambda world, store: run_sql(world, store, SNAPSHOT.format("'4995', '9995'")), {"2"}),
    (lambda world, store: run_sql(world, store, SNAPSHOT.format("'{', '['")), {"2"}),
    (lambda world, store: run_sql(world, store, SNAPSHOT.format("'\"paid\"', '\"maybe\"'")), {"2"}),
    (
        lambda world, store: run_sql(
            world, store, "DELETE FROM order_snapshots WHERE store_id = :store AND order_ref = '2'"
        ),
        {"2"},
    ),
    (
        lambda world, store: run_sql(
            world, store, "UPDATE orders SET rate = '3' WHERE store_id = :store AND order_ref = '4'"
        ),
        {"4"},
    ),
    (
        lambda world, store: run_sql(
            world,
            store,
            "UPDATE order_snapshots SET member_id = 3 WHERE store_id = :store AND order_ref = '2'",
        ),
        {"2"},
    ),
]


@pytest.mark.parametrize(("damage", "found"), DAMAGE)
def test_damage_is_found(
    regulars: CommandLine,
    sqlite_world: World,
    damage: Callable[[World, Store], None],
    found: set[str],
) -> None:
    damage(sqlite_world, a_life(sqlite_world))
    assert differing(regulars) == found


def test_damage_is_found_in_postgresql_too(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with World.open(postgres_url, tmp_path / "data") as world:
        regulars = command_line_of(world, monkeypatch)
        store = a_life(world)
        forge_entry(world, store, 5, order_ref="1")
        run_sql(world, store, SNAPSHOT.format("'4995', '9995'"))
        assert differing(regulars) == {"1", "2"}


def test_what_differs_is_said_in_a_table(regulars: CommandLine, sqlite_world: World) -> None:
    forge_entry(sqlite_world, a_life(sqlite_world), 5, order_ref="1")
    ran = regulars(*CHECK)
    assert ran.code == 1
    first, _, head, row = ran.out.splitlines()
    assert first == "! Birch: 11 orders, told 19 times; 1 of them differ from the ledger."
    assert head.split() == ["order_ref", "ledger", "rebuilt", "how"]
    assert re.split(r"\s{2,}", row.strip()) == ["1", "34 for member 1", "29 for member 1", "replayed as told"]


def test_it_never_replays_for_good(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect()
    assert "Say --check" in regulars("replay", "--store", "Birch").refusal


@pytest.mark.parametrize("seed", range(2))
def test_two_real_stores_pass_in_any_order_of_arrival(
    regulars: CommandLine, sqlite_world: World, shared: Path, seed: int
) -> None:
    chance = Random(seed)
    for folder in ("captures", "captures-wc8.9.1"):
        captures = captured(shared / "platforms" / "woocommerce" / folder)
        secret = captures[-1]["secret"]
        store = sqlite_world.connect(folder, credentials={"webhook_secret": secret})
        for capture in chance.sample(captures, len(captures)):
            assert base64.b64decode(capture["body_base64"]) is not None
            deliver(sqlite_world, store, capture)
            if chance.random() < 0.2:
                sqlite_world.drain(store)
        sqlite_world.drain(store)
        assert regulars("replay", "--check", "--store", folder, "--json").json["differing"] == 0
        assert regulars("verify-ledger", "--store", folder).code == 0


@pytest.mark.parametrize("seed", range(3))
def test_made_up_lives_pass_however_deliveries_fall(
    regulars: CommandLine, sqlite_world: World, seed: int
) -> None:
    chance = Random(seed)
    store = sqlite_world.connect()
    for _ in range(120):
        number, minute = chance.randint(1, 12), chance.randint(0, 6)
        if chance.random() < 0.1:
            sqlite_world.post(store, body_of({"id": number}), "order.deleted")
        else:
            topic = chance.choice(["order.created", "order.updated", "order.updated", "order.restored"])
            sqlite_world.post(store, body_of(a_telling(chance, number, minute)), topic)
        if chance.random() < 0.3:
            sqlite_world.wait(minutes=1)
            sqlite_world.drain(store)
    sqlite_world.drain(store)
    answer = regulars(*CHECK, "--json")
    assert answer.code == 0, answer.out
    assert regulars("verify-ledger").code == 0


def a_telling(chance: Random, number: int, minute: int) -> dict[str, Any]:
    """Any state an order may be told in."""
    status = chance.choice(["pending", "processing", "completed", "cancelled", "on-its-way", "refunded"])
    paid = {} if chance.random() < 0.7 else {"date_paid_gmt": None}
    refunds = [a_refund(f"{chance.randint(1, 40)}.00")] if chance.random() < 0.4 else []
    who = {"customer_id": chance.choice([0, 7, 8])}
    return an_order(
        number,
        minute=minute,
        status=status,
        refunds=refunds,
        net=f"{chance.randint(1, 90)}.50",
        **paid,
        **who,
    )
