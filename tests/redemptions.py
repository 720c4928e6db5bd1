"""Redeeming as a member would, for tests of what comes of it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from core.domain.stores import Store
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.adjusting import member_id
from tests.world import World

REWARDING = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
        "pending_days": 0,
        "rewards": [{"id": "five", "kind": "amount_off", "cost_points": 100, "amount_minor": 500}],
    }
)
"""100 points are 5.00 off."""


def redeemed(world: World, store: Store, key: str = "k", customer_ref: str = "7") -> Row[Any]:
    """A redemption that the store was not asked for yet."""
    with world.database.write(store.store_id) as db:
        making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token())
        wish = Wish(member_id(world, store, customer_ref), "five", None, key)
        return redeem(db, load_terms(db, store), wish, making, world.now)
