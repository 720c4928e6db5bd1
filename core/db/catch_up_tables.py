"""The tables of catching up: how far a store's orders have been gone through, and how many are settled."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from core.db.schema import metadata
from core.db.types import Id, Moment

IS_UNDER_WAY = text("since IS NOT NULL")

catch_ups = Table(
    "catch_ups",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    # Raised by whoever asks for more; a walk begun before that stores nothing of itself any more.
    Column("generation", Integer, nullable=False),
    # Everything modified before has been seen, by the store's clock.
    Column("reached_at", Moment, nullable=False),
    Column("began_at", Moment, nullable=False),
    # Where the walk under way stands; NULL: there is none.
    Column("since", Moment),
    Column("page", Text, nullable=False),
    Column("list_at", Integer, nullable=False),
    Column("newest_at", Moment),
    # Of the orders that were not listed, the one the walk asked for last.
    Column("asked_modified_at", Moment),
    Column("asked_ref", String(40)),
    Column("next_at", Moment, nullable=False),
    # Of an import: orders placed before are passed over.
    Column("placed_since", Moment),
    Column("seen_orders", BigInteger, nullable=False),
    Column("left_orders", BigInteger),
    Column("problem", Text),
    Index("ix_catch_ups_under_way", "next_at", sqlite_where=IS_UNDER_WAY, postgresql_where=IS_UNDER_WAY),
    CheckConstraint("kind IN ('changes','reread','import')", name="kind"),
)

# The last comparison of a store's orders with what is settled here.
comparisons = Table(
    "comparisons",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    # When to compare next.
    Column("due_at", Moment, nullable=False),
    # NULL, as the result is: never yet.
    Column("compared_at", Moment),
    # JSON: days, and what is missing.
    Column("result", Text),
    # Why the last try came to nothing; NULL: it did not.
    Column("problem", Text),
    Index("ix_comparisons_due_at", "due_at"),
)
