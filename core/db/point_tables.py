"""The tables of points: the ledger's entries, the lots they are in, and how they left them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.db.schema import metadata, of_a_store
from core.db.types import Id, Moment

# As in `core.db.tables`: said in the same words by queries.
IS_UNRELEASED = text("NOT is_released")
HOLDS_POINTS = text("remaining_points > 0")
IS_RARER = text("kind <> 'earn'")
CAN_EXPIRE = text("(remaining_points > 0 AND is_released)")

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("member_id", Id, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("key", String(120), nullable=False),
    Column("order_ref", String(40)),
    Column("program_version", Integer),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("store_id", "key"),
    Index("ix_entries_member", "store_id", "member_id", "id"),
    Index("ix_entries_order", "store_id", "order_ref"),
    # For lists of one kind. Most entries are earned points, which are found without it.
    Index("ix_entries_rarer", "store_id", "kind", "id", sqlite_where=IS_RARER, postgresql_where=IS_RARER),
    CheckConstraint("points <> 0", name="points"),
    CheckConstraint("kind IN ('earn','redeem','revoke','expire','adjust','restore')", name="kind"),
)

lots = Table(
    "lots",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("member_id", Id, nullable=False),
    # The entry that made it, by its unique key.
    Column("entry_key", String(120), nullable=False),
    Column("order_ref", String(40)),
    Column("earned_points", BigInteger, nullable=False),
    Column("remaining_points", BigInteger, nullable=False),
    # Of what expired from it, the part no revocation has accounted for yet.
    Column("expired_points", BigInteger, nullable=False),
    Column("is_released", Boolean, nullable=False),
    Column("available_at", Moment),
    Column("expires_at", Moment),
    Column("rolling_days", Integer),
    UniqueConstraint("store_id", "entry_key"),
    # Ends with the id, so that a member's newest lots are found without counting through the others.
    Index(
        "ix_lots_member",
        "store_id",
        "member_id",
        "is_released",
        "id",
        postgresql_where=HOLDS_POINTS,
        sqlite_where=HOLDS_POINTS,
    ),
    Index(
        "ix_lots_pending",
        "store_id",
        "available_at",
        postgresql_where=IS_UNRELEASED,
        sqlite_where=IS_UNRELEASED,
    ),
    Index("ix_lots_order", "store_id", "order_ref"),
    Index(
        "ix_lots_expiring",
        "store_id",
        "expires_at",
        postgresql_where=CAN_EXPIRE,
        sqlite_where=CAN_EXPIRE,
    ),
    CheckConstraint("remaining_points BETWEEN 0 AND earned_points", name="remaining"),
    CheckConstraint("expired_points BETWEEN 0 AND earned_points", name="expired"),
)

lot_uses = Table(
    "lot_uses",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("lot_id", Id, nullable=False),
    # The entry the points left by; for points that paid a debt at their release, the lot's own entry.
    Column("entry_key", String(120), nullable=False),
    # debt | redeem | revoke | expire | adjust
    Column("purpose", String(8), nullable=False),
    Column("points", BigInteger, nullable=False),
    Index("ix_lot_uses_lot", "store_id", "lot_id"),
    Index("ix_lot_uses_entry", "store_id", "entry_key"),
    CheckConstraint("points > 0", name="points"),
)
