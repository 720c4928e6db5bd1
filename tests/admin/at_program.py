"""A store's program as somebody at work on its page meets it."""

from __future__ import annotations

import json
import re
from typing import Any

from werkzeug.test import TestResponse

from core.domain.staff import Role
from core.domain.stores import Store
from core.domain.versions import in_force
from core.services.terms import load_terms
from tests.admin.fields import fields_of
from tests.admin.people import Browser, staff_browser
from tests.payloads import an_order, gmt
from tests.world import World

FIVE = {"id": "five", "kind": "amount_off", "cost_points": 100, "amount_minor": 500}


def a_program(points: Any = 1, **settings: Any) -> str:
    """Points for every 1.00, spendable after 14 days, with a reward."""
    rule = {"kind": "points_per_unit", "points": points, "per_minor": 100}
    return json.dumps({"earning": [rule], "pending_days": 14, "rewards": [FIVE], **settings})


def at(store: Store, path: str = "") -> str:
    return f"/admin/stores/{store.store_id}/program{path}"


def order_now(world: World, store: Store, order_id: int, net: str = "49.95") -> None:
    """Ana orders and pays at this moment."""
    dates = ("date_created_gmt", "date_modified_gmt", "date_paid_gmt")
    world.tell(store, an_order(order_id, net) | dict.fromkeys(dates, gmt(world.now)))


def opened(world: World, role: Role = Role.MANAGER, **settings: Any) -> tuple[Store, Browser]:
    """Birch with one order of 49.95, and Olive at work in it."""
    birch = world.connect(program=a_program(**settings))
    world.wait(minutes=1)
    order_now(world, birch, 1042)
    world.wait(minutes=1)
    return birch, staff_browser(world, role, birch)


def form(olive: Browser, store: Store) -> dict[str, str]:
    """The settings as her browser would send them."""
    return fields_of(olive.get(at(store)).text, "settings")


def save(olive: Browser, store: Store, **changed: str) -> TestResponse:
    """Change fields on the page as it stands, and save them."""
    return olive.send(at(store, "/draft"), **(form(olive, store) | named(changed)))


def named(changed: dict[str, str]) -> dict[str, str]:
    """`rule_0_points` is the field `rule-0-points`."""
    return {name.replace("_", "-") if name.startswith("rule_") else name: v for name, v in changed.items()}


def publish(olive: Browser, store: Store, **chosen: str) -> TestResponse:
    found = re.findall(r'name="seen" value="([^"]+)"', olive.get(at(store)).text)
    return olive.send(at(store, "/publish"), seen=found[0], **({"when": "now"} | chosen))


def rules_now(world: World, store: Store) -> Any:
    with world.database.read(store.store_id) as db:
        return in_force(load_terms(db, store).versions, world.now)
