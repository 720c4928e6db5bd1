"""`regulars verify-ledger`: sound ledgers pass, and each kind of damage is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.stores import Store
from core.services.cancelling import cancel
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.cli.conftest import CommandLine, command_line_of
from tests.cli.damage import forge_entry, run_sql
from tests.payloads import a_refund, an_order, gmt
from tests.world import World

EXPIRING = json.dumps(
    {
        "pending_days": 0,
        "expiry": {"kind": "fixed", "days": 30},
        "rewards": [{"id": "five", "kind": "amount_off", "cost_points": 20, "amount_minor": 500}],
    }
)


def a_life(world: World) -> Store:
    """A store with points available, pending, revoked, expired and owed."""
    store = world.connect(program=EXPIRING, is_offline=False)
    world.tell(store, an_order(1, net="100.00"))
    world.tell(store, an_order(2, net="50.00", customer_id=8))
    world.wait(days=60)
    world.mature(store)
    world.tell(store, an_order(2, minute=1, customer_id=8, refunds=[a_refund("50.00")]))
    world.tell(store, an_order(3, net="10.00", customer_id=8, date_paid_gmt="2099-01-01T00:00:00"))
    world.tell(store, an_order(4, net="70.00", customer_id=9, date_paid_gmt=gmt(world.now)))
    first = redeem_for(world, store, 3, "five", "k1")
    redeem_for(world, store, 3, "five", "k2")
    with world.database.write(store.store_id) as db:
        cancel(db, store, first, world.now)
    return store


def redeem_for(world: World, store: Store, member_id: int, reward: str, key: str) -> int:
    """A member's redemption; its id."""
    with world.database.write(store.store_id) as db:
        making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token())
        wish = Wish(member_id, reward, None, key)
        return int(redeem(db, load_terms(db, store), wish, making, world.now).id)


def change(sql: str) -> Callable[[World, Store], None]:
    """Damage by one statement."""
    return lambda world, store: run_sql(world, store, f"UPDATE {sql}")


def test_a_sound_ledger_passes(regulars_anywhere: CommandLine, world: World) -> None:
    a_life(world)
    (answer,) = regulars_anywhere("verify-ledger", "--json").json["stores"]
    assert answer["checked"] == {
        "members": 3,
        "lots": 4,
        "orders": 4,
        "redemptions": 2,
        "entries": 11,
    }
    assert (answer["differing"], answer["differences"]) == (0, [])
    said = regulars_anywhere("verify-ledger", "--store", "Birch").out
    assert said == "✓ Birch: everything adds up (3 members, 4 lots, 4 orders, 2 redemptions, 11 entries).\n"


@pytest.mark.parametrize(
    ("damage", "kinds"),
    [
        (change("members SET available_points = 5 WHERE store_id = :store AND id = 1"), {"balance", "lots"}),
        (change("members SET pending_points = 11 WHERE store_id = :store AND id = 2"), {"balance", "lots"}),
        (change("members SET debt_points = 1 WHERE store_id = :store AND id = 1"), {"balance"}),
        (change("lots SET remaining_points = 9 WHERE store_id = :store AND id = 3"), {"lots", "lot"}),
        (change("lots SET earned_points = 101 WHERE store_id = :store AND id = 1"), {"lot"}),
        (change("lots SET member_id = 77 WHERE store_id = :store AND id = 3"), {"lots", "balance"}),
        (change("lot_uses SET points = 1 WHERE store_id = :store AND id = 1"), {"lot"}),
        (change("lot_uses SET lot_id = 77 WHERE store_id = :store AND id = 1"), {"lot"}),
        (change("redemptions SET cost_points = 21 WHERE store_id = :store AND id = 2"), {"redemption"}),
        (change("redemptions SET restored_points = 9 WHERE store_id = :store AND id = 1"), {"redemption"}),
        (change("redemptions SET entry_count = 1 WHERE store_id = :store AND id = 1"), {"redemption"}),
        (change("redemptions SET entry_count = 2 WHERE store_id = :store AND id = 2"), {"redemption"}),
        (change("redemptions SET member_id = 1 WHERE store_id = :store AND id = 2"), {"redemption"}),
        (change("redemptions SET state = 'live' WHERE store_id = :store AND id = 1"), {"redemption"}),
        (change("redemptions SET state = 'failed' WHERE store_id = :store AND id = 2"), {"redemption"}),
        (change("lot_returns SET points = 19 WHERE store_id = :store"), {"lot"}),
        (change("orders SET posted_points = 99 WHERE store_id = :store AND order_ref = '1'"), {"order"}),
        (change("orders SET member_id = 2 WHERE store_id = :store AND order_ref = '1'"), {"order"}),
        (lambda world, store: forge_entry(world, store, 5), {"balance"}),
        (lambda world, store: forge_entry(world, store, 5, order_ref="1"), {"balance", "order"}),
        (lambda world, store: forge_entry(world, store, 5, order_ref="77"), {"balance", "order"}),
        (lambda world, store: forge_entry(world, store, 5, member_id=77), {"balance"}),
    ],
)
def test_damage_is_found(
    regulars: CommandLine, sqlite_world: World, damage: Callable[[World, Store], None], kinds: set[str]
) -> None:
    damage(sqlite_world, a_life(sqlite_world))
    assert found(regulars) == kinds


def found(regulars: CommandLine) -> set[str]:
    """The kinds of differences a failing check names; it must fail."""
    ran = regulars("verify-ledger", "--all", "--json")
    assert ran.code == 1
    (store,) = json.loads(ran.out)["stores"]
    assert store["differing"] == len(store["differences"]) > 0
    return {difference["kind"] for difference in store["differences"]}


def test_damage_is_found_in_postgresql_too(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with World.open(postgres_url, tmp_path / "data") as world:
        store = a_life(world)
        forge_entry(world, store, 5, order_ref="77")
        change("lots SET remaining_points = 9 WHERE store_id = :store AND id = 3")(world, store)
        assert found(command_line_of(world, monkeypatch)) == {"balance", "lots", "lot", "order"}


def test_a_debt_beside_available_points_is_found(regulars: CommandLine, sqlite_world: World) -> None:
    store = a_life(sqlite_world)
    change("lots SET is_released = true, remaining_points = 9 WHERE store_id = :store AND id = 3")(
        sqlite_world, store
    )
    change("members SET debt_points = 3, pending_points = 0 WHERE store_id = :store AND id = 2")(
        sqlite_world, store
    )
    assert "debt" in found(regulars)


def test_a_key_borne_twice_is_found(regulars: CommandLine, sqlite_world: World) -> None:
    store = a_life(sqlite_world)
    run_sql_without_unique_keys(sqlite_world)
    for _ in range(2):
        forge_entry(sqlite_world, store, 5)
    assert "key" in found(regulars)


def run_sql_without_unique_keys(world: World) -> None:
    """As after a restore that lost the constraints."""
    from sqlalchemy import text

    with world.database.write_all() as db:
        db.execute(text("CREATE TABLE bare AS SELECT * FROM entries"))
        db.execute(text("DROP TABLE entries"))
        db.execute(text("ALTER TABLE bare RENAME TO entries"))


def test_more_than_one_portion_is_looked_at(
    regulars_anywhere: CommandLine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.services.auditing.PORTION", 1)
    store = a_life(world)
    assert regulars_anywhere("verify-ledger").code == 0
    forge_entry(world, store, 5, order_ref="3", member_id=2)
    assert found(regulars_anywhere) == {"balance", "order"}


def test_each_store_is_looked_at_by_itself(regulars: CommandLine, sqlite_world: World) -> None:
    birch, acorn = a_life(sqlite_world), sqlite_world.connect("Acorn")
    sqlite_world.tell(acorn, an_order())
    forge_entry(sqlite_world, birch, 5)
    assert regulars("verify-ledger", "--store", "Acorn").code == 0
    ran = regulars("verify-ledger")
    assert ran.code == 1
    assert ran.out.startswith("! Birch: 1 thing does not add up")
    assert "✓ Acorn: everything adds up" in ran.out


def test_what_differs_is_said_in_sentences(regulars: CommandLine, sqlite_world: World) -> None:
    forge_entry(sqlite_world, a_life(sqlite_world), 5)
    assert regulars("verify-ledger").out.splitlines()[1] == (
        "    The entries of member 1 add up to 5; the balance says 0 available + 0 pending − 0 debt = 0."
    )


def test_a_store_and_all_of_them_cannot_be_meant_at_once(regulars: CommandLine) -> None:
    assert "or say --all" in regulars("verify-ledger", "--all", "--store", "Birch").refusal


def test_without_stores_there_is_nothing_to_verify(regulars: CommandLine) -> None:
    assert regulars("verify-ledger").out == "No store is connected yet.\n"
