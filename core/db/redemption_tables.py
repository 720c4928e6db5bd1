"""The tables of redemptions: codes, the orders that carry them, stocks, and points that came back."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
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

IS_LIVE = text("state = 'live'")
IS_USED = text("state = 'used'")
IS_UNUSED = text("state IN ('pending','live')")
IS_AT_STORE = text("state IN ('pending','cancelling')")

redemptions = Table(
    "redemptions",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("member_id", Id, nullable=False),
    Column("reward_ref", String(40), nullable=False),
    Column("title", String(200), nullable=False),
    Column("program_version", Integer, nullable=False),
    Column("cost_points", BigInteger, nullable=False),
    Column("restored_points", BigInteger, nullable=False),
    # Whether it was taken off a stock, to which it goes back.
    Column("is_from_stock", Boolean, nullable=False),
    # How many ledger entries it made so far: the next one's number is in its key.
    Column("entry_count", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    # The code's name, drawn once, and what it is compared by.
    Column("code", String(40), nullable=False),
    Column("code_key", String(40), nullable=False),
    # What the code carries at the store, written before it is asked; NULL: not asked yet, or an old mark.
    Column("mark", String(60)),
    # What the code should be, as JSON, without the one it is for.
    Column("discount", Text, nullable=False),
    # The program version whose terms it has, once it was changed at the store; NULL: `program_version`.
    Column("carries_version", Integer),
    # What it takes off, in minor units; NULL: that depends on the order.
    Column("worth_minor", BigInteger),
    # The platform's id of the code.
    Column("code_ref", String(80)),
    # What was asked for under the caller's key, so that the same key with another wish is refused.
    Column("idempotency_key", String(120), nullable=False),
    Column("wish", String(120), nullable=False),
    # How often the store was asked to make the code, and when last; noted before it is asked.
    Column("tries", Integer, nullable=False),
    Column("tried_at", Moment),
    # Since when the store refuses for good to have the code, or the code is known to be off.
    Column("refused_at", Moment),
    Column("off_at", Moment),
    # Since when nobody is to have the code any more: taken back, or given up.
    Column("withdrawn_at", Moment),
    Column("problem", Text),
    # The order that uses it.
    Column("order_ref", String(40)),
    Column("requested_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("ends_at", Moment),
    UniqueConstraint("store_id", "code_key"),
    UniqueConstraint("store_id", "member_id", "idempotency_key"),
    Index("ix_redemptions_member", "store_id", "member_id", "id"),
    Index("ix_redemptions_ending", "store_id", "ends_at", sqlite_where=IS_LIVE, postgresql_where=IS_LIVE),
    Index("ix_redemptions_used", "store_id", "changed_at", sqlite_where=IS_USED, postgresql_where=IS_USED),
    Index(
        "ix_redemptions_unused",
        "store_id",
        "reward_ref",
        "id",
        sqlite_where=IS_UNUSED,
        postgresql_where=IS_UNUSED,
    ),
    Index("ix_redemptions_requested", "store_id", "requested_at"),
    CheckConstraint(
        "state IN ('pending','live','used','expired','cancelling','cancelled','failed')", name="state"
    ),
    CheckConstraint("restored_points BETWEEN 0 AND cost_points", name="restored"),
)

# Every order that carries a code of ours, or once did.
code_carriers = Table(
    "code_carriers",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("redemption_id", Id, primary_key=True),
    Column("order_ref", String(40), primary_key=True),
    # A fraction from 0 to 1, such as `1/2`: how much of its goods went back.
    Column("returned_share", String(160), nullable=False),
    # When the store gave the use back; NULL: it did not.
    Column("freed_at", Moment),
    Index("ix_code_carriers_order", "store_id", "order_ref"),
)

# How many of each reward are given out, where the program says how many there are.
reward_stocks = Table(
    "reward_stocks",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("reward_ref", String(40), primary_key=True),
    Column("taken", BigInteger, nullable=False),
)

# How far a store's codes have been looked through for those that should not be.
code_sweeps = Table(
    "code_sweeps",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    # Where to go on, in the platform's words; NULL: at the beginning.
    Column("cursor", Text),
    Column("swept_at", Moment),
)

# Points that came back into the lots they had left.
lot_returns = Table(
    "lot_returns",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("lot_id", Id, nullable=False),
    # The entry the points came back by.
    Column("entry_key", String(120), nullable=False),
    Column("points", BigInteger, nullable=False),
    Index("ix_lot_returns_lot", "store_id", "lot_id"),
    Index("ix_lot_returns_entry", "store_id", "entry_key"),
    CheckConstraint("points > 0", name="points"),
)
