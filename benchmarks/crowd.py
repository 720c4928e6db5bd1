"""A store with a crowd of members and their history, written straight into PostgreSQL. Its sums are right."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

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
    _add_snapshots(owner, store_id, crowd, now)
    with owner.connect() as db:
        db.execute(text("ANALYZE"))


def _statements() -> list[str]:
    written = Path(__file__).with_name("crowd.sql").read_text("utf-8")
    return [statement for statement in written.split("\n;\n") if statement.strip()]


def _add_snapshots(owner: Engine, store_id: int, crowd: Crowd, now: datetime) -> None:
    """The newest orders as the store told them."""
    total = crowd.members * crowd.entries_each
    first = max(1, total - SNAPSHOTS + 1)
    rows = [_snapshot_row(store_id, number, crowd, now) for number in range(first, total + 1)]
    statement = text(
        "INSERT INTO order_snapshots (store_id, order_ref, telling, digest, source, observed_at, member_id, "
        "snapshot) VALUES (:store_id, :order_ref, :telling, :telling, 'told', :observed_at, :member_id, "
        ":snapshot)"
    )
    with owner.begin() as db:
        db.execute(statement, rows)


def _snapshot_row(store_id: int, number: int, crowd: Crowd, now: datetime) -> dict[str, object]:
    at = (now - timedelta(minutes=number % 40_000)).astimezone(UTC)
    line = OrderLine("1", "10", None, "MUG", 1, 4_000, 0, 0)
    snapshot = OrderSnapshot(
        order_ref=str(number),
        number=str(number),
        modified_at=at,
        status="completed",
        status_rank=3,
        payment=Payment.PAID,
        currency="EUR",
        ordered_at=at,
        paid_at=at,
        completed_at=at,
        customer_ref="1",
        lines=(line,),
        gross_minor=4_000,
    )
    return {
        "member_id": 1 + number % crowd.members,
        "store_id": store_id,
        "order_ref": str(number),
        "telling": hashlib.sha256(str(number).encode()).digest(),
        "observed_at": now,
        "snapshot": to_json(snapshot),
    }


PROGRAM = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
        "pending_days": 14,
        "expiry": {"kind": "fixed", "days": 365},
        "rewards": [{"id": "five", "kind": "amount_off", "cost_points": 100, "amount_minor": 500}],
    }
)
"""What the store gives."""
