"""The tables of apps: what a platform knows us by, what merchants granted it, and installations under way."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from core.db.schema import SEALED, metadata
from core.db.types import Id, Moment

# Of no store: only whoever serves all of them sees these rows.
apps = Table(
    "apps",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(20), nullable=False),
    # Public: it stands in the platform's own pages.
    Column("client_id", String(80), nullable=False),
    # How the platform's addresses call it; empty: not said.
    Column("handle", String(80), nullable=False),
    # Encrypted JSON: the secret, and the one of before while both may sign.
    Column("credentials", LargeBinary, nullable=False, info=SEALED),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("platform", "client_id"),
)

store_tokens = Table(
    "store_tokens",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("app_id", Id, ForeignKey("apps.id"), nullable=False),
    # Encrypted JSON: access token and refresh token.
    Column("sealed", LargeBinary, nullable=False, info=SEALED),
    # As granted, sorted, with commas between.
    Column("scopes", Text, nullable=False),
    # One more with every token stored: whoever renews says which one it saw.
    Column("generation", Integer, nullable=False),
    # When the merchant's visit brought it, and when it was last stored.
    Column("granted_at", Moment, nullable=False),
    Column("renewed_at", Moment, nullable=False),
    # NULL: it does not end by itself.
    Column("expires_at", Moment),
    Column("refresh_expires_at", Moment),
    # The fencing token of whoever renews it now; NULL: nobody.
    Column("lease_token", String(40)),
    Column("lease_until", Moment),
)

# One row per browser that was sent to the platform to ask the merchant; gone with the first return.
installs = Table(
    "installs",
    metadata,
    # SHA-256 of the state that only that browser holds.
    Column("digest", LargeBinary(32), primary_key=True),
    Column("app_id", Id, ForeignKey("apps.id"), nullable=False),
    Column("shop", String(80), nullable=False),
    Column("ends_at", Moment, nullable=False),
)
