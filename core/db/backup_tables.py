"""The table of backups that were taken. It is of the installation: no store's transaction sees its rows."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Table

from core.db.schema import metadata
from core.db.types import Id, Moment

# Written once a backup was read again and found whole; a backup does not hold its own row.
backups = Table(
    "backups",
    metadata,
    Column("id", Id, primary_key=True),
    # What moment it holds.
    Column("taken_at", Moment, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    # Whether the installation's keys are in it, under a passphrase.
    Column("has_keys", Boolean, nullable=False),
)
