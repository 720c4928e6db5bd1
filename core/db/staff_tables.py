"""Tables of the people who work in the settings pages, and of what they changed.

`staff` and `sign_in_failures` are of the installation: only transactions over all stores see their rows.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from core.db.schema import SEALED, metadata, of_a_store
from core.db.types import Id, Moment

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    # Keyed hash of the normalised address they sign in with.
    Column("email_key", LargeBinary(32), nullable=False, unique=True),
    # Encrypted JSON: name and address.
    Column("person", LargeBinary, nullable=False, info=SEALED),
    # Argon2id in its own text form; NULL: no password was chosen yet.
    Column("password_hash", Text),
    # The language of their pages; NULL: the browser's.
    Column("locale", String(12)),
    Column("made_at", Moment, nullable=False),
    # Since when they may not sign in any more.
    Column("ended_at", Moment),
)

staff_roles = Table(
    "staff_roles",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("staff_id", Id, ForeignKey("staff.id"), primary_key=True),
    Column("role", String(8), nullable=False),
    # Points they may give or take in a day; NULL: no limit.
    Column("most_points", BigInteger),
    Column("given_at", Moment, nullable=False),
    Index("ix_staff_roles_staff", "staff_id"),
    CheckConstraint("role IN ('viewer','support','manager','owner')", name="role"),
)

# Tries to sign in that failed, by a hash of the address that was typed or of the network it came from.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary(32), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_sign_in_failures_key", "key", "at"),
)

# What people changed in a store, and what stood there before. Never changed itself. Names no member.
changes = Table(
    "changes",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("at", Moment, nullable=False),
    Column("who", String(120), nullable=False),
    Column("staff_id", Id),
    # What was done, such as `program.published`.
    Column("action", String(40), nullable=False),
    # What it was done to, such as `version 4` or `member 12`.
    Column("subject", String(120), nullable=False),
    # JSON; NULL: there was nothing, or nothing is left.
    Column("before", Text),
    Column("after", Text),
    Index("ix_changes_store", "store_id", "id"),
)

# What is being written for a store's next program version. One for each store.
program_drafts = Table(
    "program_drafts",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    # Raised with each save: who saves over another revision than they saw is told.
    Column("revision", Integer, nullable=False),
    Column("program", Text, nullable=False),
    # The version it was begun from.
    Column("based_on", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(120), nullable=False),
)
