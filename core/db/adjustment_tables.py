"""The table of adjustments: points given or taken by hand, by whom, why, and whether it was undone."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from core.db.schema import SEALED, metadata, of_a_store
from core.db.types import Id, Moment

adjustments = Table(
    "adjustments",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("member_id", Id, nullable=False),
    Column("points", BigInteger, nullable=False),
    # Encrypted JSON: what the member reads, what staff read. NULL: the member was forgotten.
    Column("notes", LargeBinary, info=SEALED),
    # Drawn with the form: the same form sent twice is one adjustment.
    Column("token", String(80), nullable=False),
    Column("who", String(120), nullable=False),
    Column("staff_id", Id),
    # How much of it counts towards what whoever made it may give or take that day.
    Column("counted_points", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", String(120)),
    UniqueConstraint("store_id", "token"),
    Index("ix_adjustments_member", "store_id", "member_id", "id"),
    Index("ix_adjustments_staff", "store_id", "staff_id", "at"),
    CheckConstraint("points <> 0", name="points"),
    CheckConstraint("counted_points >= 0", name="counted"),
)
