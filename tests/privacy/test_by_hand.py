"""`regulars member export`, `exports`, `erase` and `regulars store wipe`."""

from __future__ import annotations

import json

import pytest

from core.db import members, stores
from core.domain.stores import Store, StoreState
from core.jobs.forget import forget
from tests.cli.conftest import CommandLine, command_line_of
from tests.payloads import an_order, body_of
from tests.privacy.acorn import ANA, assert_sound, data_request, dump, told
from tests.webhooks.test_shopify_deliveries import an_order as shopify_order
from tests.webhooks.test_shopify_deliveries import connect
from tests.world import World


@pytest.fixture
def regulars(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return command_line_of(sqlite_world, monkeypatch)


def ana(world: World, store: Store) -> int:
    with world.database.read(store.store_id) as db:
        row = members.by_customer_ref(db, store.store_id, "7")
    assert row is not None
    return int(row.id)


def test_an_export_holds_all_there_is(regulars: CommandLine, sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    sqlite_world.tell(birch, an_order(billing={"email": "ana@example.com", "first_name": "Ana"}))
    guest = an_order(1043, customer_id=0)
    sqlite_world.tell(birch, guest)
    account, twin = regulars(
        "member", "export", "--store", "Birch", "--member", ana(sqlite_world, birch)
    ).json["members"]
    assert (account["email"], account["customer_id"], account["available_points"]) == (
        "ana@example.com",
        "7",
        49,
    )
    assert account["entries"][0]["reason"].startswith("49.95 net")
    assert account["orders"][0]["tellings"][0]["order_ref"] == "1042"
    assert json.loads(account["deliveries"][0]["body"])["billing"]["first_name"] == "Ana"
    assert (twin["customer_id"], [order["order_ref"] for order in twin["orders"]]) == (None, ["1043"])


def test_what_shopify_asked_for_is_kept_for_thirty_days(regulars: CommandLine, sqlite_world: World) -> None:
    acorn = connect(sqlite_world)
    told(sqlite_world, acorn, shopify_order(customer={"id": ANA}))
    told(sqlite_world, acorn, data_request(), "customers/data_request")
    assert sqlite_world.notices(acorn) == ["data_request"]
    [listed] = regulars("member", "exports", "--store", "acorn", "--json").lines
    assert listed["request_ref"] == "9999"
    words = ("member", "export", "--store", "acorn", "--export")
    kept = regulars(*words, listed["export_id"]).json
    assert kept["members"][0]["email"] == "ana@example.com"
    assert kept["members"][0]["entries"][0]["points"] == 100
    sqlite_world.wait(days=30)
    forget(sqlite_world.env, acorn.store_id)
    assert sqlite_world.notices(acorn) == []
    assert "has no export" in regulars(*words, listed["export_id"]).refusal


def test_a_member_is_forgotten_by_hand_with_the_guest_of_the_same_address(
    regulars: CommandLine, sqlite_world: World
) -> None:
    birch = sqlite_world.connect()
    late = an_order(billing={"email": "ana@example.com", "first_name": "Ana"})
    sqlite_world.tell(birch, late)
    sqlite_world.tell(birch, an_order(1043, customer_id=0))
    member_id = ana(sqlite_world, birch)
    unsure = ("member", "erase", "--store", "Birch", "--member", member_id)
    words = (*unsure, "--yes")
    assert "add --yes" in regulars(*unsure).refusal
    assert len(regulars(*words, "--json").json["erased_member_ids"]) == 2
    sqlite_world.tell(birch, late)
    sqlite_world.tell(birch, an_order(1044))
    assert not [line for line in dump(sqlite_world) if "ana@example.com" in line]
    assert sqlite_world.total(birch) == 3 * 49
    assert_sound(sqlite_world, birch)
    assert "knows nobody behind member" in regulars(*words).refusal
    shown = regulars("ledger", "--store", "Birch", "--json").lines
    assert len(shown) == 3


def test_a_store_is_wiped_by_hand_once_it_is_disconnected_and_named(
    regulars: CommandLine, sqlite_world: World
) -> None:
    birch = sqlite_world.connect()
    sqlite_world.tell(birch, an_order())
    words = ("store", "wipe", "--store", birch.store_id)
    assert '--yes-wipe "Birch"' in regulars(*words).refusal
    assert '--yes-wipe "Birch"' in regulars(*words, "--yes-wipe", "Acorn").refusal
    assert "Disconnect it first" in regulars(*words, "--yes-wipe", "Birch").refusal
    with sqlite_world.database.write(birch.store_id) as db:
        stores.set_state(db, birch.store_id, StoreState.UNINSTALLED)
    assert regulars(*words, "--yes-wipe", "Birch", "--json").json["rows"] > 5
    assert regulars("store", "list").out.strip().startswith("No store is connected yet")
    assert not [line for line in dump(sqlite_world) if "ana@example.com" in line or "Birch" in line]
    assert sqlite_world.post(birch, body_of(an_order(9))) == 200
