"""The table of how each store's points are called and look."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table

from core.db.schema import metadata
from core.db.types import Id, Moment

# One row for each store that chose; the others have what core.services.branding says.
brands = Table(
    "brands",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    # Raised with each save: who saves over another revision than they saw is told.
    Column("revision", Integer, nullable=False),
    # What one point is called, and what several are.
    Column("one", String(24), nullable=False),
    Column("many", String(24), nullable=False),
    # As #rrggbb.
    Column("accent", String(7), nullable=False),
    # A picture made anew from the one that was given; NULL: there is none, and nothing in the columns below.
    Column("logo", LargeBinary),
    Column("logo_type", String(20)),
    Column("logo_width", Integer),
    Column("logo_height", Integer),
    # SHA-256 of the picture, by which its address changes whenever it does.
    Column("logo_digest", String(64)),
    # The same picture, small enough to stand within a page.
    Column("logo_small", LargeBinary),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(120), nullable=False),
)
