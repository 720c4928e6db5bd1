"""Stores in which something happened, for moving them."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import select

from core.db import members, tables
from core.domain.merging import Source
from core.domain.staff import operator
from core.domain.stores import Store
from core.services.branding import Wanted, put_logo, save_brand
from core.services.excluding import exclude, include
from core.services.merging import merge
from core.services.pictures import made_anew
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.adjusting import adjusted, undone
from tests.data_files import confirmed, csv_of, upload
from tests.payloads import a_refund, an_order, gmt
from tests.world import World

REWARDING = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100}],
        "pending_days": 3,
        "expiry": {"kind": "fixed", "days": 30},
        "rewards": [{"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100, "stock": 9}],
    }
)


def member_id(world: World, store: Store, ref: str) -> int:
    with world.database.read(store.store_id) as db:
        row = members.own_by_customer_ref(db, store.store_id, ref)
    assert row is not None
    return int(row.id)


def merged(world: World, store: Store, one: str, other: str) -> int:
    ids = [member_id(world, store, ref) for ref in (one, other)]
    with world.database.write(store.store_id) as db:
        return int(merge(db, store, ids[0], ids[1], Source.OPERATOR, world.now).id)


def redeemed(world: World, store: Store, ref: str, key: str) -> int:
    owner = member_id(world, store, ref)
    with world.database.write(store.store_id) as db:
        making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token() + "0" * 20)
        wish = Wish(owner, "one", None, key)
        return int(redeem(db, load_terms(db, store), wish, making, world.now).id)


def a_full_life(world: World, **changes: Any) -> Store:
    """A store in which everything has happened once."""
    birch = world.connect(is_offline=False, **changes)
    world.tell(birch, an_order())
    for number, (ref, email) in enumerate((("8", "finn"), ("9", "bea"), ("0", "gus")), 2):
        named = {"first_name": email.capitalize(), "last_name": "O’Hara"}
        of: dict[str, Any] = {
            "customer_id": int(ref),
            "billing": {"email": f"{email}@example.com", **named},
        }
        world.tell(birch, an_order(number, f"{number}0.00", **of))
    world.apply(birch, REWARDING, world.now)
    redeemed(world, birch, "7", "k1")
    world.tell(birch, an_order(minute=1, refunds=[a_refund("45.00")]))
    merge_id = merged(world, birch, "9", "8")
    merged(world, birch, "8", "7")
    world.tell(birch, an_order(2, "20.00", customer_id=8, minute=2, refunds=[a_refund("5.00")]))
    world.tell(birch, an_order(1001, "33.00", date_created_gmt="2026-12-01T12:30:00"))
    world.wait(days=40)
    world.mature(birch)
    confirmed(world, birch, upload(world, birch, csv_of(["gus@example.com,-9"]), mode="set"))
    handled(world, birch)
    with world.database.write(birch.store_id) as db:
        assert merge_id
        db.execute(tables.store_rates.insert().values(_rate(birch, world)))
    return birch


def handled(world: World, store: Store) -> None:
    """Olive gives and takes points, shuts Ana out twice, and chooses how points look."""
    undone(world, store, adjusted(world, store, 30).id)
    adjusted(world, store, 12, note="Sorry, Ana")
    adjusted(world, store, -5)
    ana, sealing = member_id(world, store, "7"), Sealing(world.env.secrets)
    for number in (60, 62):
        world.wait(days=1)
        with world.database.write(store.store_id) as db:
            exclude(db, store, ana, operator(), "", world.now, sealing=sealing)
        world.tell(store, an_order(number, "7.00", date_created_gmt=gmt(world.now)))
        world.wait(days=1)
        with world.database.write(store.store_id) as db:
            include(db, store, ana, operator(), "", world.now, sealing=sealing)
    world.wait(days=1)
    with world.database.write(store.store_id) as db:
        exclude(db, store, ana, operator(), "", world.now, sealing=sealing)
        brand = save_brand(db, store.store_id, Wanted("leaf", "leaves", "#2a4bb5"), 0, operator(), world.now)
        put_logo(db, store.store_id, made_anew(a_picture()), brand.revision, operator(), world.now)


def a_picture() -> bytes:
    """A logo as somebody hands it in."""
    out = BytesIO()
    Image.new("RGB", (64, 32), "#336699").save(out, "PNG")
    return out.getvalue()


def _rate(store: Store, world: World) -> dict[str, Any]:
    return {"store_id": store.store_id, "currency": "USD", "rate": "0.9", "set_at": world.now}


def balances(world: World, store: Store) -> list[tuple[Any, ...]]:
    with world.database.read(store.store_id) as db:
        rows = db.execute(
            select(tables.members)
            .where(tables.members.c.store_id == store.store_id)
            .order_by(tables.members.c.id)
        )
        return [(r.customer_ref, r.available_points, r.pending_points, r.debt_points) for r in rows]
