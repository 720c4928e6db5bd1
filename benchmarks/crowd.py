"""A store with a crowd of members and their history, written straight into PostgreSQL. Its sums are right."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, text

from core.config.secrets import Secrets
from core.domain.names import word_keys
from core.domain.orders import OrderLine, OrderSnapshot, Payment, to_json

EACH_POINTS = 40
SNAPSHOTS = 5_000
"""So many of the newest orders have their snapshot: pages look at the newest ones."""
DELIVERIES = 100_000
REDEMPTIONS = 50_000


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many there are."""

    members: int
    entries: int

    @property
    def entries_each(self) -> int:
        """Of one member."""
        return self.entries // self.members


def fill(owner: Engine, store_id: int, crowd: Crowd, secrets: Secrets, now: datetime) -> None:
    """Write all of it, and have it analysed."""
    values = {
        "store": store_id,
        "members": crowd.members,
        "each": crowd.entries_each,
        "points": EACH_POINTS,
        "now": now,
        "deliveries": DELIVERIES,
        "redemptions": min(REDEMPTIONS, crowd.members),
        "email": secrets.seal({"email": "somebody@example.com"}),
        "name": secrets.seal({"given": "Ana", "family": "Oak"}),
        "words": list(word_keys(secrets.identity_key, store_id, "Ana Oak")),
    }
    with owner.connect() as db:
        for statement in _statements():
            db.execute(text(statement), values)
    _add_snapshots(owner, store_id, now)
    with owner.connect() as db:
        db.execute(text("ANALYZE"))


def _statements() -> list[str]:
    written = Path(__file__).with_name("crowd.sql").read_text("utf-8")
    return [statement for statement in written.split("\n;\n") if statement.strip()]


def _add_snapshots(owner: Engine, store_id: int, now: datetime) -> None:
    """The newest orders as the store told them."""
    newest = text(
        "SELECT order_ref, digest, member_id, ordered_at FROM orders WHERE store_id = :store_id "
        "ORDER BY ordered_at DESC, order_ref DESC LIMIT :most"
    )
    statement = text(
        "INSERT INTO order_snapshots (store_id, order_ref, telling, digest, source, observed_at, member_id, "
        "snapshot) VALUES (:store_id, :order_ref, :digest, :digest, 'told', :observed_at, :member_id, "
        ":snapshot)"
    )
    with owner.begin() as db:
        found = db.execute(newest, {"store_id": store_id, "most": SNAPSHOTS}).all()
        told = [
            {**one._mapping, "store_id": store_id, "observed_at": now, "snapshot": to_json(_snapshot(one))}
            for one in found
        ]
        db.execute(statement, told)


def _snapshot(order: Row[Any]) -> OrderSnapshot:
    at = order.ordered_at.astimezone(UTC)
    half = OrderLine("1", "10", None, "MUG", 1, EACH_POINTS * 50, 0, 0)
    return OrderSnapshot(
        order_ref=order.order_ref,
        number=order.order_ref,
        modified_at=at,
        status="completed",
        status_rank=3,
        payment=Payment.PAID,
        currency="EUR",
        ordered_at=at,
        paid_at=at,
        completed_at=at,
        customer_ref=str(order.member_id),
        lines=(half, replace(half, line_ref="2", product_ref="11", sku="CUP")),
        gross_minor=EACH_POINTS * 100,
    )


_GIVEN = {
    "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
    "pending_days": 14,
    "expiry": {"kind": "fixed", "days": 365},
    "rewards": [{"id": "five", "kind": "amount_off", "cost_points": 100, "amount_minor": 500}],
}
PROGRAM = json.dumps(_GIVEN)
"""What the store gives."""
DRAFT = json.dumps(_GIVEN | {"pending_days": 7, "expiry": {"kind": "rolling", "days": 200}})
"""What it thinks of giving."""
