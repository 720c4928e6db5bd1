"""Acorn and what privacy law has Shopify send it; everything of a database, unsealed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from core.db.dumping import lines_of, standing_still, tables_of
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.forget import forget
from core.jobs.replay import replay_store
from core.services.auditing import CHECKS
from tests.webhooks.test_shopify_deliveries import deliver
from tests.world import World

ANA = 190016007001
ACORN = "acorn.myshopify.com"
ORDER = 6200000000007


def redaction(
    shop: str = ACORN,
    customer: int | None = ANA,
    email: str | None = "ana@example.com",
    orders: tuple[int, ...] = (ORDER,),
) -> bytes:
    """Ana is to be forgotten."""
    who = {"id": customer, "email": email, "phone": None}
    body = {"shop_id": 1, "shop_domain": shop, "customer": who, "orders_to_redact": list(orders)}
    return json.dumps(body).encode()


def data_request(number: int = 9999) -> bytes:
    """Ana asks what is held of her."""
    who = {"id": ANA, "email": "ana@example.com", "phone": None}
    body = {"shop_id": 1, "shop_domain": ACORN, "customer": who, "orders_requested": [ORDER]}
    return json.dumps(body | {"data_request": {"id": number}}).encode()


def shop_redaction(shop: str = ACORN) -> bytes:
    """The shop is to be forgotten."""
    return json.dumps({"shop_id": 1, "shop_domain": shop}).encode()


def told(world: World, store: Store, body: bytes, topic: str = "orders/paid") -> None:
    """Deliver in the store's name, settle, and forget what is to be forgotten."""
    assert deliver(world, body, topic, shop=store.webhook_path) == 200
    world.drain(store)
    forget(world.env, store.store_id)


def dump(world: World) -> Iterator[str]:
    """Every row of every table as text, bytes read as they are and, where they are sealed, opened."""
    with standing_still(world.env.settings.database_url) as db:
        for table in tables_of(db):
            for line in lines_of(db, table):
                yield f"{table.name} {line} {' '.join(_opened(world, json.loads(line)))}"


def _opened(world: World, row: dict[str, Any]) -> Iterator[str]:
    for value in row.values():
        if isinstance(value, str):
            with suppress(ValueError):
                raw = base64.b64decode(value, validate=True)
                yield raw.decode("utf-8", "replace")
                with suppress(Refused):
                    yield json.dumps(world.env.secrets.unseal(raw), ensure_ascii=False)


def assert_sound(world: World, store: Store) -> None:
    """The ledger adds up, and the kept tellings lead to it."""
    for check in CHECKS:
        with world.database.read(store.store_id) as db:
            assert check.run(db, store.store_id, check.begin).differences == ()
    assert replay_store(world.env, store, lambda _: None).mismatches == []
