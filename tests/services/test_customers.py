"""What the platforms say of customers: a new address, a merge, a deletion."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from core.db import members
from core.domain.errors import BadDelivery, Refused
from core.domain.personal import Person
from core.domain.stores import Store
from core.services import merging
from core.services.erasing import erase
from core.services.looking_up import member_by_email
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.shopify.adapter import Shopify
from integrations.woocommerce.adapter import WooCommerce
from tests.payloads import a_refund, an_order, body_of, gmt
from tests.services.test_merging import REWARDING, clean
from tests.webhooks.test_shopify_deliveries import a_line, connect, deliver
from tests.webhooks.test_shopify_deliveries import an_order as shopify_order
from tests.world import NOW, World

ANA, BEA = 7, 8


def account(email: str, minutes: int = 0, customer: int = ANA, **changes: Any) -> bytes:
    """A WooCommerce account modified so many minutes after now."""
    modified = gmt(NOW + timedelta(minutes=minutes))
    fields = {"id": customer, "email": email, "username": "ana", "date_modified_gmt": modified}
    return json.dumps(fields | changes).encode()


def shopify_account(email: str, customer: int = ANA, *, verified: bool = True, **changes: Any) -> bytes:
    """A Shopify customer."""
    fields = {
        "id": customer,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-11-30T00:00:00Z",
        "email": email,
        "verified_email": verified,
        "admin_graphql_api_id": f"gid://shopify/Customer/{customer}",
    }
    return json.dumps(fields | changes).encode()


def gone(customer: int = ANA) -> bytes:
    """Shopify deleted a customer."""
    return json.dumps({"id": customer, "admin_graphql_api_id": f"gid://shopify/Customer/{customer}"}).encode()


def merged(kept: int = ANA, deleted: int = BEA, status: str = "completed") -> bytes:
    """Shopify made one customer of two."""
    fields = {
        "admin_graphql_api_customer_kept_id": f"gid://shopify/Customer/{kept}",
        "admin_graphql_api_customer_deleted_id": f"gid://shopify/Customer/{deleted}",
        "status": status,
        "errors": [],
    }
    return json.dumps(fields).encode()


def paid(
    order_id: int, price: str, customer: int | None, email: str = "ana@example.com", **changes: Any
) -> bytes:
    """A Shopify order; without a customer, a guest's."""
    who = None if customer is None else {"id": customer}
    lines = [a_line(1, price=price)]
    return shopify_order(id=order_id, email=email, customer=who, line_items=lines, **changes)


def told(world: World, store: Store, body: bytes, topic: str) -> None:
    """Deliver what Shopify tells and settle it."""
    assert deliver(world, body, topic, shop=store.webhook_path) == 200
    world.drain(store)


def found(world: World, store: Store, email: str) -> Row[Any] | None:
    """The member this address leads to."""
    with world.database.read(store.store_id) as db:
        try:
            return member_by_email(db, store, email, world.env.secrets.identity_key).row
        except Refused:
            return None


def own(world: World, store: Store, customer: int) -> Row[Any]:
    """The member made for a customer."""
    with world.database.read(store.store_id) as db:
        row = members.own_by_customer_ref(db, store.store_id, str(customer))
    assert row is not None
    return row


@pytest.fixture
def birch(sqlite_world: World) -> Store:
    """A WooCommerce store in which Ana has 49 points."""
    store = sqlite_world.connect(program=REWARDING)
    sqlite_world.tell(store, an_order())
    return store


@pytest.fixture
def acorn(sqlite_world: World) -> Store:
    """A Shopify store in which Ana has 10 points and Bea 40."""
    store = connect(sqlite_world)
    told(sqlite_world, store, paid(1, "10.00", ANA), "orders/paid")
    told(sqlite_world, store, paid(2, "40.00", BEA, "bea@example.com"), "orders/paid")
    return store


def test_a_new_address_leads_to_the_member_and_the_old_one_no_more(sqlite_world: World, birch: Store) -> None:
    sqlite_world.post(birch, account("Ana.New@example.com"), "customer.updated")
    sqlite_world.drain(birch)
    assert found(sqlite_world, birch, "ana@example.com") is None
    row = found(sqlite_world, birch, "ana.new@example.com")
    assert row is not None
    assert row.customer_ref == "7"


def test_of_two_tellings_the_newer_counts_whichever_comes_first(sqlite_world: World, birch: Store) -> None:
    for email, minutes in (("newer@example.com", 5), ("older@example.com", 1)):
        sqlite_world.post(birch, account(email, minutes), "customer.updated")
        sqlite_world.drain(birch)
    assert found(sqlite_world, birch, "newer@example.com") is not None
    assert found(sqlite_world, birch, "older@example.com") is None


def test_an_old_order_told_again_does_not_bring_the_old_address_back(
    sqlite_world: World, birch: Store
) -> None:
    sqlite_world.post(birch, account("new@example.com"), "customer.updated")
    sqlite_world.tell(birch, an_order(minute=5, refunds=[a_refund("10.00")]))
    assert found(sqlite_world, birch, "ana@example.com") is None
    assert found(sqlite_world, birch, "new@example.com") is not None


def test_nobody_becomes_a_member_by_signing_up(sqlite_world: World, birch: Store) -> None:
    sqlite_world.post(birch, account("finn@example.com", customer=12), "customer.created")
    sqlite_world.drain(birch)
    with sqlite_world.database.read(birch.store_id) as db:
        assert members.count(db, birch.store_id) == 1
    assert sqlite_world.inbox(birch) == {"done": 1, "ignored": 1}


def test_s18_a_sign_up_at_woocommerce_claims_no_guests_points(sqlite_world: World, birch: Store) -> None:
    guest: dict[str, Any] = {"customer_id": 0, "billing": {"email": "gus@example.com"}}
    sqlite_world.tell(birch, an_order(2, "20.00", **guest))
    sqlite_world.post(birch, account("gus@example.com"), "customer.updated")
    sqlite_world.drain(birch)
    assert sqlite_world.balance(birch) == (49, 0, 0)
    clean(sqlite_world, birch)


@pytest.mark.parametrize(("verified", "available"), [(True, 30), (False, 10)])
def test_s18_a_guests_points_are_claimed_by_an_address_shopify_verified_alone(
    sqlite_world: World, acorn: Store, verified: bool, available: int
) -> None:
    told(sqlite_world, acorn, paid(3, "20.00", None, "gus@example.com"), "orders/paid")
    told(sqlite_world, acorn, shopify_account("gus@example.com", verified=verified), "customers/update")
    assert sqlite_world.balance(acorn) == (available, 0, 0)
    clean(sqlite_world, acorn)


def test_s18_who_was_told_apart_from_a_guest_does_not_claim_again(sqlite_world: World, acorn: Store) -> None:
    told(sqlite_world, acorn, paid(3, "20.00", None, "gus@example.com"), "orders/paid")
    told(sqlite_world, acorn, shopify_account("gus@example.com"), "customers/update")
    with sqlite_world.database.write(acorn.store_id) as db:
        merging.undo(db, acorn, 1, sqlite_world.now)
    told(sqlite_world, acorn, shopify_account("gus@example.com", note="again"), "customers/update")
    assert sqlite_world.balance(acorn) == (10, 0, 0)


def test_customers_merged_at_shopify_are_one_member(sqlite_world: World, acorn: Store) -> None:
    told(sqlite_world, acorn, merged(), "customers/merge")
    assert sqlite_world.balance(acorn, "7") == (50, 0, 0)
    assert sqlite_world.balance(acorn, "8") == (50, 0, 0)
    row = found(sqlite_world, acorn, "bea@example.com")
    assert row is not None
    assert row.customer_ref == "7"
    told(sqlite_world, acorn, paid(3, "5.00", BEA, "bea@example.com"), "orders/paid")
    assert sqlite_world.balance(acorn, "7") == (55, 0, 0)
    told(sqlite_world, acorn, merged() + b" ", "customers/merge")
    assert sqlite_world.balance(acorn, "7") == (55, 0, 0)
    clean(sqlite_world, acorn)


def test_a_merge_that_failed_at_shopify_merges_nobody(sqlite_world: World, acorn: Store) -> None:
    told(sqlite_world, acorn, merged(status="failed"), "customers/merge")
    assert sqlite_world.balance(acorn, "7") == (10, 0, 0)


def test_points_go_to_a_kept_customer_whom_nobody_knew(sqlite_world: World, acorn: Store) -> None:
    told(sqlite_world, acorn, merged(kept=99), "customers/merge")
    assert sqlite_world.balance(acorn, "99") == (40, 0, 0)
    clean(sqlite_world, acorn)


def test_a_merge_that_was_undone_is_not_done_again_by_telling_of_it_again(
    sqlite_world: World, acorn: Store
) -> None:
    told(sqlite_world, acorn, merged(), "customers/merge")
    with sqlite_world.database.write(acorn.store_id) as db:
        merging.undo(db, acorn, 1, sqlite_world.now)
    told(sqlite_world, acorn, merged() + b" ", "customers/merge")
    assert sqlite_world.balance(acorn, "7") == (10, 0, 0)


def test_who_is_deleted_at_shopify_is_nameless_and_keeps_the_ledger(
    sqlite_world: World, acorn: Store
) -> None:
    ana = own(sqlite_world, acorn, ANA).id
    told(sqlite_world, acorn, gone(), "customers/delete")
    # Told late, an old order finds its member, and nothing brings the address back.
    told(sqlite_world, acorn, paid(1, "10.00", ANA) + b" ", "orders/updated")
    told(sqlite_world, acorn, shopify_account("ana@example.com"), "customers/update")
    assert found(sqlite_world, acorn, "ana@example.com") is None
    with sqlite_world.database.read(acorn.store_id) as db:
        row = members.by_id(db, acorn.store_id, ana)
    assert row is not None
    assert (row.available_points, row.erased_at, row.customer_ref) == (10, sqlite_world.now, None)
    clean(sqlite_world, acorn)


def test_a_merge_told_after_the_deletion_it_brought_moves_the_points_all_the_same(
    sqlite_world: World, acorn: Store
) -> None:
    told(sqlite_world, acorn, gone(BEA), "customers/delete")
    told(sqlite_world, acorn, merged(), "customers/merge")
    assert sqlite_world.balance(acorn) == (50, 0, 0)
    told(sqlite_world, acorn, paid(2, "30.00", BEA, updated_at="2026-11-30T00:00:00Z"), "orders/updated")
    assert sqlite_world.balance(acorn) == (40, 0, 0)
    clean(sqlite_world, acorn)


def test_who_is_forgotten_takes_along_all_they_were_merged_from(sqlite_world: World, acorn: Store) -> None:
    told(sqlite_world, acorn, merged(), "customers/merge")
    told(sqlite_world, acorn, gone(), "customers/delete")
    assert found(sqlite_world, acorn, "bea@example.com") is None
    clean(sqlite_world, acorn)


def test_a_merged_customer_deleted_at_the_platform_does_not_take_the_survivor_along(
    sqlite_world: World, acorn: Store
) -> None:
    told(sqlite_world, acorn, merged(), "customers/merge")
    told(sqlite_world, acorn, gone(BEA), "customers/delete")
    assert sqlite_world.balance(acorn) == (50, 0, 0)
    assert found(sqlite_world, acorn, "ana@example.com") is not None
    clean(sqlite_world, acorn)


def test_whom_nobody_knows_any_more_redeems_nothing(sqlite_world: World) -> None:
    store = sqlite_world.connect(program=REWARDING, is_offline=False)
    sqlite_world.tell(store, an_order())
    row, sealing = own(sqlite_world, store, ANA), Sealing(sqlite_world.env.secrets)
    with sqlite_world.database.write(store.store_id) as db:
        erase(db, store, Person(str(ANA), None), sqlite_world.now, sealing)
        terms, wish = load_terms(db, store), Wish(row.id, "one", None, "k")
        with pytest.raises(Refused, match="Nobody knows"):
            redeem(db, terms, wish, Making(WooCommerce(), sealing, "a" * 32), sqlite_world.now)


def test_a_deletion_at_woocommerce_is_not_believed_where_nobody_can_ask(
    sqlite_world: World, birch: Store
) -> None:
    sqlite_world.post(birch, b'{"id":7}', "customer.deleted")
    sqlite_world.drain(birch)
    assert own(sqlite_world, birch, ANA).erased_at is None
    assert sqlite_world.inbox(birch) == {"done": 1, "ignored": 1}


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("customers/delete", shopify_account("ana@example.com")),
        ("customers/delete", b'{"id": 7}'),
        ("customers/update", paid(1, "10.00", ANA)),
        (
            "customers/update",
            b'{"id": 7, "admin_graphql_api_id": "gid://shopify/Order/7", "created_at": "x"}',
        ),
        ("customers/merge", merged(BEA, BEA)),
    ],
)
def test_what_is_about_something_else_is_not_taken_for_a_customer_of_shopify(topic: str, body: bytes) -> None:
    with pytest.raises(BadDelivery):
        Shopify().normalize(topic, body, NOW)


@pytest.mark.parametrize(
    ("topic", "body"),
    [("customer.updated", body_of(an_order())), ("customer.deleted", account("ana@example.com"))],
)
def test_what_is_about_something_else_is_not_taken_for_a_customer_of_woocommerce(
    topic: str, body: bytes
) -> None:
    with pytest.raises(BadDelivery):
        WooCommerce().normalize(topic, body, NOW)
