"""Every delivery captured from two real WooCommerce stores ends at the decided points."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.domain.stores import Store
from tests.world import World

# semantics.md, "What an order is worth", 2.
_DECIDED = """
19→16 20→50 21→0 22→84 23→0 29→11 31→0 32→0 33→25 34→16 36→84 38→0 42→16 43→25 44→25 45→25 46→25 47→25 53→0
642→84 648→84 653→45 655→0 660→79 661→79
"""
NEW_STORE = {order_ref: int(points) for order_ref, points in (pair.split("→") for pair in _DECIDED.split())}
OLD_STORE = {"19": 16, "20": 25, "21": 0}


def captured(folder: Path) -> list[dict[str, Any]]:
    """The captures that are webhook deliveries, pings among them."""
    found = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    return [capture for capture in found if "secret" in capture]


def deliver(world: World, store: Store, capture: dict[str, Any]) -> int:
    """Post the very bytes and headers the store sent."""
    hop_by_hop = {"Host", "Connection", "Content-Length"}
    return world.client.post(
        f"/webhooks/woocommerce/{store.webhook_path}",
        data=base64.b64decode(capture["body_base64"]),
        headers={name: value for name, value in capture["headers"].items() if name not in hop_by_hop},
    ).status_code


def standing(world: World, store: Store) -> dict[str, int]:
    """Σ entries by order, with the orders that have none."""
    with world.database.read(store.store_id) as db:
        rows = db.execute(
            text(
                "SELECT o.order_ref, coalesce(sum(e.points), 0) FROM orders o LEFT JOIN entries e "
                "ON e.store_id = o.store_id AND e.order_ref = o.order_ref "
                "WHERE o.store_id = :store GROUP BY o.order_ref"
            ),
            {"store": store.store_id},
        )
        return {order_ref: int(points) for order_ref, points in rows}


@pytest.mark.parametrize("seed", range(20))
def test_captured_deliveries_shuffled_and_doubled_end_at_the_decided_points(
    world: World, shared: Path, seed: int
) -> None:
    chance = random.Random(seed)
    platform = shared / "platforms" / "woocommerce"
    captures = {
        "captures": captured(platform / "captures"),
        "captures-wc8.9.1": captured(platform / "captures-wc8.9.1"),
    }
    stores = {
        folder: world.connect(folder, credentials={"webhook_secret": listed[-1]["secret"]})
        for folder, listed in captures.items()
    }
    posts = [(folder, capture) for folder, listed in captures.items() for capture in listed * 2]
    chance.shuffle(posts)
    for folder, capture in posts:
        assert deliver(world, stores[folder], capture) == 200
        if chance.random() < 0.05:
            world.drain(stores[folder])
    for store in stores.values():
        world.drain(store)

    assert standing(world, stores["captures"]) == NEW_STORE
    assert standing(world, stores["captures-wc8.9.1"]) == OLD_STORE
    assert world.inbox(stores["captures"])["held"] == 2
    for store in stores.values():
        assert "dead" not in world.inbox(store)
        assert "new" not in world.inbox(store)
