"""The tables of people's rights: who was forgotten, and what was put together for somebody who asked."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, text

from core.db.schema import SEALED, metadata, of_a_store
from core.db.types import Id, Moment

IS_UNLOOKED = text("looked_until < look_until")

# One row for each account or address that was forgotten, each time it was.
tombstones = Table(
    "tombstones",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    # Keyed hash of the platform's customer id, or of what an address was recognised by.
    Column("key", LargeBinary(32), primary_key=True),
    # Orders placed until then belong to the nameless member.
    Column("erased_at", Moment, primary_key=True),
    Column("member_id", Id, nullable=False),
    # How far the inbox was looked through for bodies that name the person, and how far it has to be: ids.
    Column("looked_until", BigInteger, nullable=False),
    Column("look_until", BigInteger, nullable=False),
    Index(
        "ix_tombstones_unlooked",
        "store_id",
        sqlite_where=IS_UNLOOKED,
        postgresql_where=IS_UNLOOKED,
    ),
)

exports = Table(
    "exports",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    # NULL: nothing was held of whoever asked.
    Column("member_id", Id),
    # The platform's number of the request; empty where it gives none.
    Column("request_ref", String(40), nullable=False),
    Column("made_at", Moment, nullable=False),
    # When it is deleted.
    Column("ends_at", Moment, nullable=False),
    # Encrypted JSON.
    Column("document", LargeBinary, nullable=False, info=SEALED),
    Index("ix_exports_ending", "store_id", "ends_at"),
)
