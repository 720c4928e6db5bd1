"""A customer is forgotten: nothing personal stays anywhere, the ledger adds up, nothing brings it back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.db import members
from core.domain.stores import Store
from tests.privacy.acorn import ANA, ORDER, assert_sound, data_request, dump, redaction, told
from tests.webhooks.test_shopify_deliveries import a_line, a_refund, an_order, connect, deliver
from tests.world import World

CANARY = "kanarie"
ADDRESS = f"{CANARY}.mail@example.com"
EARLIER = "2026-11-20T10:00:00-05:00"
SOON = "2026-12-01T07:00:00-05:00"
"""When tests begin."""
LATER = "2026-12-02T10:00:00-05:00"


def anas_order(order_id: int = ORDER, **changes: Any) -> bytes:
    """Ana's order with her name and addresses wherever an order can carry them."""
    place = {"name": f"{CANARY} Lopez", "address1": f"{CANARY} Street 1", "phone": "+34600111222"}
    personal = {
        "id": order_id,
        "updated_at": "2026-11-20T11:00:00-05:00",
        "email": ADDRESS,
        "contact_email": ADDRESS,
        "phone": "+34600111222",
        "note": f"for {CANARY}",
        "customer": {"id": ANA, "email": ADDRESS, "first_name": CANARY, "default_address": place},
        "billing_address": place,
        "shipping_address": place,
        "note_attributes": [{"name": "regulars_ref", "value": ADDRESS}],
        "discount_codes": [{"code": f"{CANARY}-10", "amount": "0.00", "type": "percentage"}],
    }
    return an_order(**(personal | changes))


def forget_ana(world: World, store: Store) -> None:
    told(world, store, redaction(email=ADDRESS), "customers/redact")


def places(world: World, *needles: str) -> set[str]:
    """The tables that hold any of these."""
    return {line.split(" ", 1)[0] for line in dump(world) if any(needle in line for needle in needles)}


@pytest.fixture
def acorn(world: World) -> Store:
    return connect(world)


def test_nothing_personal_stays_and_the_ledger_adds_up(world: World, acorn: Store) -> None:
    told(world, acorn, anas_order())
    customer = json.dumps({"id": ANA, "email": ADDRESS, "first_name": CANARY}).encode()
    told(world, acorn, customer, "customers/update")
    told(world, acorn, b"{" + customer, "orders/paid")
    nobody: dict[str, Any] = {"customer": None, "email": None, "contact_email": None, "note_attributes": []}
    told(world, acorn, anas_order(**nobody, updated_at=EARLIER))
    told(world, acorn, data_request(), "customers/data_request")
    assert places(world, CANARY, str(ANA)) == {
        *("inbox", "persons", "members", "order_snapshots", "exports"),
    }
    forget_ana(world, acorn)
    assert places(world, CANARY, str(ANA)) == set()
    assert world.total(acorn) == 100
    assert_sound(world, acorn)


def test_what_is_told_late_of_an_old_order_brings_nothing_back(world: World, acorn: Store) -> None:
    told(world, acorn, anas_order())
    forget_ana(world, acorn)
    told(world, acorn, anas_order())
    assert set(world.inbox(acorn)) == {"done"}
    told(
        world,
        acorn,
        anas_order(updated_at=SOON, refunds=[a_refund(1, "50.00")], line_items=[a_line(current=1)]),
    )
    told(world, acorn, anas_order(6200000000008))
    assert places(world, CANARY, str(ANA)) == set()
    assert world.points(acorn, str(ORDER)) == [100, -50]
    assert set(world.inbox(acorn)) == {"done"}
    assert world.total(acorn) == 150
    assert len({entry.member_id for entry in world.entries(acorn)}) == 1
    assert_sound(world, acorn)


def test_an_order_placed_afterwards_makes_a_new_member(world: World, acorn: Store) -> None:
    told(world, acorn, anas_order())
    forget_ana(world, acorn)
    world.wait(days=2)
    told(world, acorn, anas_order(6200000000009, created_at=LATER, updated_at=LATER))
    assert world.balance(acorn, str(ANA)) == (100, 0, 0)
    assert places(world, ADDRESS) >= {"persons"}
    told(world, acorn, anas_order(updated_at=LATER, note="late"))
    assert world.balance(acorn, str(ANA)) == (100, 0, 0)
    assert_sound(world, acorn)


@pytest.mark.parametrize("is_redaction_first", [True, False])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_redaction_in_mid_award_ends_with_the_points_and_without_the_person(
    sqlite_world: World, *, is_redaction_first: bool, is_one_batch: bool
) -> None:
    world = sqlite_world
    acorn = connect(world)
    both = [(anas_order(), "orders/paid"), (redaction(email=ADDRESS), "customers/redact")]
    for body, topic in reversed(both) if is_redaction_first else both:
        assert deliver(world, body, topic) == 200
        if not is_one_batch:
            world.drain(acorn)
    told(world, acorn, anas_order())
    assert places(world, CANARY, str(ANA)) == set()
    assert world.points(acorn) == [100]
    assert_sound(world, acorn)


def test_who_was_never_heard_of_is_not_made_known_by_what_comes_late(world: World, acorn: Store) -> None:
    forget_ana(world, acorn)
    told(world, acorn, redaction(email=ADDRESS), "customers/redact")
    told(world, acorn, anas_order())
    assert places(world, CANARY, str(ANA)) == set()
    assert world.points(acorn) == [100]
    with world.database.read(acorn.store_id) as db:
        assert members.count(db, acorn.store_id) == 1


def test_a_guest_is_forgotten_by_address_and_an_order_of_nobody_stays_the_nameless_members(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    acorn = connect(world)
    told(world, acorn, anas_order(customer=None))
    forget_ana(world, acorn)
    told(world, acorn, anas_order(customer=None))
    told(world, acorn, an_order(id=ORDER, customer=None, email=None, updated_at=SOON))
    assert places(world, CANARY) == set()
    assert world.points(acorn) == [100]
    assert_sound(world, acorn)


def test_finn_is_not_touched(world: World, acorn: Store) -> None:
    finn = {"id": 6200000000011, "customer": {"id": 8}, "email": "finn@example.com"}
    told(world, acorn, an_order(**finn))
    told(world, acorn, anas_order())
    before = sorted(line for line in dump(world) if "finn@example.com" in line)
    forget_ana(world, acorn)
    assert sorted(line for line in dump(world) if "finn@example.com" in line) == before
    assert world.balance(acorn, "8") == (100, 0, 0)


def test_an_unsigned_redaction_is_refused_and_one_of_another_shop_forgets_nobody(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    acorn = connect(world)
    told(world, acorn, anas_order())
    assert deliver(world, redaction(email=ADDRESS), "customers/redact", secret="wrong") == 401
    told(world, acorn, redaction("beech.myshopify.com", email=ADDRESS), "customers/redact")
    assert world.balance(acorn, str(ANA)) == (100, 0, 0)


def test_an_account_that_shares_the_address_stays_and_is_told_it_anew_only_by_a_new_order(
    sqlite_world: World,
) -> None:
    world = sqlite_world
    acorn = connect(world)
    finn = {"customer": {"id": 8}, "email": ADDRESS}
    told(world, acorn, an_order(id=8, **finn))
    told(world, acorn, anas_order())
    forget_ana(world, acorn)
    told(world, acorn, an_order(id=8, **finn, updated_at=SOON))
    assert places(world, ADDRESS) == set()
    assert world.balance(acorn, "8") == (100, 0, 0)
    world.wait(days=2)
    told(world, acorn, an_order(id=9, **finn, created_at=LATER, updated_at=LATER))
    assert places(world, ADDRESS) == {"inbox", "persons"}
    assert_sound(world, acorn)


def test_what_waits_for_somebody_waits_no_longer(sqlite_world: World) -> None:
    world = sqlite_world
    acorn = connect(world)
    told(world, acorn, anas_order(currency="USD"))
    told(world, acorn, b"{" + anas_order())
    assert world.inbox(acorn) == {"held": 1, "dead": 1}
    forget_ana(world, acorn)
    told(world, acorn, b"{" + anas_order())
    assert world.inbox(acorn) == {"ignored": 3, "done": 1}
    assert places(world, CANARY) == set()


def test_the_log_names_nobody(sqlite_world: World, capfd: pytest.CaptureFixture[str]) -> None:
    acorn = connect(sqlite_world)
    told(sqlite_world, acorn, anas_order())
    told(sqlite_world, acorn, data_request(), "customers/data_request")
    forget_ana(sqlite_world, acorn)
    told(sqlite_world, acorn, anas_order())
    logged = "".join(capfd.readouterr())
    assert "data.forgotten" in logged
    assert CANARY not in logged
    assert str(ANA) not in logged
