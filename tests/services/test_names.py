"""Names: kept with the address, by the same rules, and gone with the person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from core.db import members
from core.db.tables import person_words, persons
from core.domain.merging import Source
from core.domain.personal import Person
from core.domain.stores import Store
from core.services import merging
from core.services.erasing import erase
from core.services.exporting import export_of
from core.services.finding import find
from core.services.terms import Sealing
from sandbox.shopify import trade
from tests.payloads import an_order, body_of
from tests.privacy.acorn import dump
from tests.services.test_customers import account, shopify_account
from tests.shopify_install import acorn
from tests.statements import asked
from tests.webhooks.test_shopify_deliveries import an_order as shopify_order
from tests.webhooks.test_shopify_deliveries import connect, deliver
from tests.world import World

ADDRESS = "ana@example.com"


def billed(given: str, family: str, email: str = ADDRESS) -> dict[str, str]:
    """What a checkout asks."""
    return {"email": email, "first_name": given, "last_name": family}


def name_of(world: World, store: Store, customer: str = "7") -> str | None:
    """What the member is called, as it is kept."""
    with world.database.read(store.store_id) as db:
        row = members.own_by_customer_ref(db, store.store_id, customer)
        sealed = None if row is None else members.sealed_name(db, store.store_id, row.id)
    return None if sealed is None else Sealing(world.env.secrets).open_name(sealed).full


def found(world: World, store: Store, text: str) -> frozenset[int]:
    """Whom a search leads to."""
    with world.database.read(store.store_id) as db:
        return find(db, store.store_id, text, Sealing(world.env.secrets)).member_ids


def words(world: World, store: Store) -> int:
    """How many words are kept in all."""
    with world.database.read(store.store_id) as db:
        return len(db.execute(select(person_words)).all())


def told_account(world: World, store: Store, minutes: int, **changes: Any) -> None:
    assert world.post(store, account(ADDRESS, minutes, **changes), "customer.updated") == 200
    world.drain(store)


def test_an_order_brings_the_name_and_every_word_of_it_finds_the_member(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Ana María", "López")))
    assert name_of(world, birch) == "Ana María López"
    for text in ("ana", "LOPEZ", "lópez maria", "ana maría lópez"):
        assert len(found(world, birch, text)) == 1, text
    for text in ("an", "lope", "ana finn", "%", "' OR 1=1 --"):
        assert found(world, birch, text) == frozenset(), text


def test_another_name_takes_the_place_of_the_old_one_and_so_do_its_words(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Ana", "Lopez")))
    world.tell(birch, an_order(2, billing=billed("Ana", "Ruiz")))
    assert name_of(world, birch) == "Ana Ruiz"
    assert len(found(world, birch, "ruiz ana")) == 1
    assert found(world, birch, "lopez") == frozenset()
    assert words(world, birch) == 2


def test_what_the_account_says_outweighs_what_a_checkout_typed(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Ana", "Lopez")))
    told_account(world, birch, 0, first_name="Ana", last_name="Ruiz")
    world.tell(birch, an_order(2, billing=billed("Mum", "And Dad")))
    assert name_of(world, birch) == "Ana Ruiz"
    told_account(world, birch, -5, first_name="Old", last_name="News")
    assert name_of(world, birch) == "Ana Ruiz"
    assert (len(found(world, birch, "ruiz")), found(world, birch, "news")) == (1, frozenset())


def test_an_account_without_a_name_leaves_it_to_the_checkout(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    told_account(world, birch, 0, first_name="", last_name="")
    assert name_of(world, birch) is None
    world.tell(birch, an_order(2, billing=billed("Ana", "Lopez")))
    assert name_of(world, birch) == "Ana Lopez"
    told_account(world, birch, 1, first_name="", last_name="", billing={"first_name": "Anna"})
    assert name_of(world, birch) == "Anna"
    assert len(found(world, birch, "anna")) == 1


def test_shopify_tells_names_with_orders_and_accounts_and_may_keep_them_back(world: World) -> None:
    acorn = connect(world)
    customer = {"id": 7, "first_name": "Ana", "last_name": "Lopez"}
    deliver(world, shopify_order(id=1, email=ADDRESS, customer=customer))
    deliver(world, shopify_order(id=2, email="finn@example.com", customer={"id": 8}))
    world.drain(acorn)
    assert (name_of(world, acorn), name_of(world, acorn, "8")) == ("Ana Lopez", None)
    later = "2026-12-02T00:00:00Z"
    body = shopify_account(ADDRESS, first_name="Anna", last_name=None, updated_at=later)
    deliver(world, body, "customers/update")
    world.drain(acorn)
    assert name_of(world, acorn) == "Anna"


def test_an_order_that_shopify_was_asked_for_brings_the_name_as_its_webhook_would(world: World) -> None:
    with acorn(world) as shop:
        assert shop.visit().status_code == 200
        order_id = shop.order()
        shop.shop.outbox.waiting.clear()
        shop.shop.outbox.topics = frozenset({"refunds/create"})
        trade.refund_all(shop.shop, order_id, world.now)
        assert shop.send() == [200]
        shop.work()
        assert name_of(world, shop.store) == "Ana Bauer"
        assert len(found(world, shop.store, "bauer")) == 1


def test_the_same_name_is_not_sealed_anew_and_costs_no_statement(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Ana", "Lopez")))

    def kept() -> tuple[Any, ...]:
        with world.database.read(birch.store_id) as db:
            return tuple(db.execute(select(persons.c.name, persons.c.email)).one())

    before = kept()
    assert statements(world, birch, 20, "") == statements(world, birch, 40, "Ana")
    assert kept() == before


def statements(world: World, store: Store, order_id: int, given: str) -> list[str]:
    """What settling one more order asks of the database; with a name in it, or without."""
    world.post(store, body_of(an_order(order_id, billing=billed(given, "Lopez" if given else ""))))
    with asked() as found_statements:
        world.drain(store)
    return found_statements


def test_no_name_stands_anywhere_in_the_clear(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Kanarie", "Vogel")))
    with world.database.write(birch.store_id) as db:
        db.exec_driver_sql("UPDATE inbox SET body = NULL")
    named = [line for line in dump(world) if "anarie" in line.lower()]
    assert {line.split(" ", 1)[0] for line in named} == {"persons"}
    assert all("anarie" not in line.split(' {"given"')[0].lower() for line in named)


def test_whoever_is_forgotten_is_found_no_more_and_late_tellings_bring_no_name_back(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Kanarie", "Vogel")))
    world.tell(birch, an_order(2, customer_id=0, billing=billed("Kanarie", "Vogel")))
    world.wait(minutes=1)
    with world.database.write(birch.store_id) as db:
        erase(db, birch, Person("7", ADDRESS), world.now, Sealing(world.env.secrets))
    assert found(world, birch, "vogel") == frozenset()
    world.tell(birch, an_order(minute=5, billing=billed("Kanarie", "Vogel")))
    world.tell(birch, an_order(3, customer_id=0, billing=billed("Kanarie", "Vogel")))
    told_account(world, birch, 5, first_name="Kanarie")
    assert found(world, birch, "vogel") == found(world, birch, "kanarie") == frozenset()
    assert words(world, birch) == 0
    assert [line for line in dump(world) if "anarie" in line.lower() and not line.startswith("inbox")] == []


def test_a_guest_who_shares_the_forgotten_address_loses_the_name_with_it(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Ana", "Lopez")))
    world.tell(birch, an_order(2, customer_id=8, billing=billed("Bea", "Lopez")))
    with world.database.write(birch.store_id) as db:
        erase(db, birch, Person("7", ADDRESS), world.now, Sealing(world.env.secrets))
    assert (words(world, birch), name_of(world, birch, "8")) == (0, None)


def test_a_merged_members_name_and_address_lead_to_the_survivor(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Ana", "Lopez")))
    world.tell(birch, an_order(2, customer_id=8, billing=billed("Bea", "Ruiz", "bea@example.com")))
    (ana,), (bea,) = found(world, birch, "ana"), found(world, birch, "bea")
    with world.database.write(birch.store_id) as db:
        merging.merge(db, birch, bea, ana, Source.OPERATOR, world.now)
    for text in ("bea", "ruiz", "bea@example.com", "#2", "2", "8", str(bea)):
        assert ana in found(world, birch, text), text
        assert bea not in found(world, birch, text) or text == str(ana)


def test_who_asks_what_is_held_is_told_the_name(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(billing=billed("Ana", "Lopez")))
    with world.database.read(birch.store_id) as db:
        (ana,) = find(db, birch.store_id, "ana", Sealing(world.env.secrets)).member_ids
        document = export_of(db, birch, [ana], Sealing(world.env.secrets))
    assert document["members"][0]["name"] == "Ana Lopez"


@pytest.mark.parametrize("name", [7, None, [], {"a": 1}, "\ud800", "\x00", "x" * 10**5, "<script>", "’'`"])
def test_whatever_stands_in_the_place_of_a_name_takes_no_points_away(
    sqlite_world: World, name: object
) -> None:
    birch = sqlite_world.connect()
    order = an_order(billing={"email": ADDRESS, "first_name": name, "last_name": name})
    assert sqlite_world.post(birch, json.dumps(order).encode()) == 200
    sqlite_world.drain(birch)
    assert sqlite_world.total(birch) == 49


def test_a_store_finds_nobody_of_another(world: World) -> None:
    birch, cedar = world.connect(), world.connect("Cedar")
    world.tell(birch, an_order(billing=billed("Ana", "Lopez")))
    for text in ("ana", ADDRESS, "1042", "7"):
        assert found(world, birch, text)
        assert found(world, cedar, text) == frozenset()
