"""The tables of what each day brought a store, added up once from the ledger."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, String, Table

from core.db.schema import metadata
from core.db.types import Id

# Nothing is settled by these: they follow from the entries, and can be added up anew at any time.
day_sums = Table(
    "day_sums",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    # By the store's clock.
    Column("day", Date, primary_key=True),
    # Orders that earned for the first time.
    Column("orders", BigInteger, nullable=False),
    Column("earned_points", BigInteger, nullable=False),
    Column("revoked_points", BigInteger, nullable=False),
    Column("spent_points", BigInteger, nullable=False),
    # Spent points that came back, whenever they were spent.
    Column("returned_points", BigInteger, nullable=False),
    # Codes asked for.
    Column("codes", BigInteger, nullable=False),
)

day_places = Table(
    "day_places",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    # The newest entry that was added; every one up to it was added once.
    Column("entry_id", BigInteger, nullable=False),
    # The clock the days are of: with another one all is added up anew.
    Column("timezone", String(64), nullable=False),
)
