"""A customer deleted at a WooCommerce store, over HTTP: believed when the store says so itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from core.db import members
from sandbox.woocommerce import webhooks
from tests.contract.woocommerce import HOOK_SECRET
from tests.reconciling.shopfront import Shopfront
from tests.world import NOW


def anas_member(birch: Shopfront) -> tuple[int, Row[Any]]:
    """Ana's number at the store, and her member."""
    number = int(birch.rig.shoppers["ana"].customer_ref or 0)
    with birch.world.database.read(birch.store.store_id) as db:
        row = members.own_by_customer_ref(db, birch.store.store_id, str(number))
    assert row is not None
    return number, row


def told_of_deletion(birch: Shopfront, number: int) -> None:
    """The store tells that this customer was deleted, and what has to be asked is asked."""
    store = birch.rig.store  # type: ignore[attr-defined]
    fields = {
        "topic": "customer.deleted",
        "delivery_url": "https://regulars.example/x",
        "secret": HOOK_SECRET,
    }
    webhooks.create(store, fields, NOW)
    store.tell("customer.deleted", number)
    birch.deliver()


def test_a_deletion_is_believed_once_the_store_has_no_such_customer(birch: Shopfront) -> None:
    ordered = birch.order()
    birch.deliver()
    number, before = anas_member(birch)
    del birch.rig.store.customers[number]  # type: ignore[attr-defined]
    told_of_deletion(birch, number)
    assert f"fetch_customer {number}" in birch.calls
    with birch.world.database.read(birch.store.store_id) as db:
        after = members.by_id(db, birch.store.store_id, before.id)
    assert after is not None
    assert (after.erased_at, after.customer_ref) == (birch.world.now, None)
    assert after.available_points == before.available_points == birch.points(ordered)[0] > 0


def test_a_deletion_of_somebody_who_is_still_there_changes_nothing(birch: Shopfront) -> None:
    birch.order()
    birch.deliver()
    number, _ = anas_member(birch)
    told_of_deletion(birch, number)
    assert f"fetch_customer {number}" in birch.calls
    assert anas_member(birch)[1].erased_at is None
