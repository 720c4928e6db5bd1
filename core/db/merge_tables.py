"""The table of merges: which member's points went on to which, and until when that can be undone."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table

from core.db.schema import metadata, of_a_store
from core.db.types import Id, Moment

member_merges = Table(
    "member_merges",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("from_member_id", Id, nullable=False),
    Column("into_member_id", Id, nullable=False),
    # Who wanted it: platform | operator | claim, a guest whose address the platform verified.
    Column("source", String(10), nullable=False),
    Column("merged_at", Moment, nullable=False),
    # NULL: it stands.
    Column("undone_at", Moment),
    # What was carried on since; numbers the keys of its entries.
    Column("carries", Integer, nullable=False),
    # What came over as a debt that the survivor's points did not pay at once.
    Column("debt_points", BigInteger, nullable=False),
    Index("ix_member_merges_from", "store_id", "from_member_id"),
    Index("ix_member_merges_into", "store_id", "into_member_id"),
    CheckConstraint("from_member_id <> into_member_id", name="two_members"),
    CheckConstraint("source IN ('platform','operator','claim')", name="source"),
)
