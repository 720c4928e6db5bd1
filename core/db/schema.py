"""What all tables share: how constraints are named, and that every row belongs to a store."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Column, ForeignKey, MetaData

from core.db.types import Id

SEALED: Final[dict[str, Any]] = {"is_sealed": True}
"""Marks a column that holds what `Secrets.seal` made: encrypted anew when keys are rotated."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def of_a_store() -> Column[int]:
    """The column that says whose a row is."""
    return Column("store_id", Id, ForeignKey("stores.id"), nullable=False)
