"""Tables of the settings pages: who is signed in, which stores are about to be connected, our webhooks there.

The first four are of the installation, not of a store: only transactions over all stores see their rows.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from core.db.schema import SEALED, metadata, of_a_store
from core.db.types import Id, Moment

# What is kept of links, sessions and states is SHA-256 of 160 bits by chance: nothing to salt.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("used_at", Moment),
    # Whom it signs in; NULL: whoever runs this server.
    Column("staff_id", Id),
)

admin_sessions = Table(
    "admin_sessions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("made_at", Moment, nullable=False),
    # Moves on with each use.
    Column("ends_at", Moment, nullable=False),
    # Whose it is; NULL: whoever runs this server.
    Column("staff_id", Id),
)

connect_attempts = Table(
    "connect_attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(20), nullable=False),
    # Of the state the store's platform sends back to us.
    Column("state_digest", LargeBinary(32), nullable=False, unique=True),
    # Whose attempt it is.
    Column("session_digest", LargeBinary(32), nullable=False),
    Column("url", Text, nullable=False),
    Column("stage", String(12), nullable=False),
    # What went wrong last, for the merchant.
    Column("problem", Text),
    # The store it led to.
    Column("became_id", Id, ForeignKey("stores.id")),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("connected_at", Moment),
    # When its keys are to be tried; NULL: nothing waits.
    Column("next_at", Moment),
    CheckConstraint("stage IN ('asked','proving','connected','failed')", name="stage"),
)

# Keys a store handed over and that are not proven yet; gone once they are, or are of no use.
connect_keys = Table(
    "connect_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("attempt_id", Id, ForeignKey("connect_attempts.id"), nullable=False, index=True),
    # Encrypted.
    Column("sealed", LargeBinary, nullable=False, info=SEALED),
    Column("came_at", Moment, nullable=False),
)

# The webhooks we made at a store.
hooks = Table(
    "hooks",
    metadata,
    of_a_store(),
    Column("hook_ref", String(40), nullable=False),
    Column("topic", String(120), nullable=False),
    Column("made_at", Moment, nullable=False),
    # When we last saw that the store has it and sends by it.
    Column("active_at", Moment, nullable=False),
    PrimaryKeyConstraint("store_id", "hook_ref"),
)
