"""A WooCommerce store that answers at once, for tests of what settling does with an order it fetched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.domain.stores import Store
from core.jobs.effects import run_effects
from integrations.woocommerce.fetched import fetched_body
from tests.fakes.no_codes import NoCodes
from tests.world import World


@dataclass
class ReachableShop(NoCodes):
    """What the store would tell if asked now."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def hold(self, order: dict[str, Any], *refunds: dict[str, Any]) -> None:
        """The order and its refunds as they are in the store from now on."""
        self.orders[str(order["id"])] = order
        self.refunds[str(order["id"])] = list(refunds)

    def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:
        self.asked.append(order_ref)
        return fetched_body(order_ref, asked_at, self.orders.get(order_ref), self.refunds.get(order_ref, []))


def reaching(world: World, shop: ReachableShop) -> World:
    """The same world, in which every store is this one when it is called."""
    return replace(world, env=replace(world.env, shop=lambda _store, _credentials: shop))


def fetch(world: World, store: Store) -> None:
    """Ask the store for what is wanted, and settle its answers."""
    run_effects(world.env, store.store_id)
    world.drain(store)


def a_fetched_refund(refund_id: int, amount: str, **nets: str) -> dict[str, Any]:
    """A refund as `orders/<id>/refunds` lists it: `l10="11.21"` took back that much of line 10."""
    lines = [
        {
            "id": 100 + at,
            "quantity": -1,
            "total": f"-{net}",
            "meta_data": [{"id": at, "key": "_refunded_item_id", "value": name.removeprefix("l")}],
        }
        for at, (name, net) in enumerate(nets.items())
    ]
    return {"id": refund_id, "amount": amount, "line_items": lines, "shipping_lines": [], "fee_lines": []}
