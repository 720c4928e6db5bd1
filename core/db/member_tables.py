"""The tables of members: what they have, who they are, and when they were excluded."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from core.db.schema import SEALED, metadata, of_a_store
from core.db.types import Id, Moment

# As in `core.db.tables`: said in the same words by queries.
IS_ITSELF = text("merged_into IS NULL")
HAS_PENDING = text("pending_points > 0")
HAS_DEBT = text("debt_points > 0")
IS_EXCLUDED = text("excluded_at IS NOT NULL")

members = Table(
    "members",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("customer_ref", String(40)),
    # Keyed hash of a guest's normalised e-mail address.
    Column("guest_key", LargeBinary(32)),
    Column("available_points", BigInteger, nullable=False),
    Column("pending_points", BigInteger, nullable=False),
    Column("debt_points", BigInteger, nullable=False),
    Column("last_activity_at", Moment),
    Column("joined_at", Moment, nullable=False),
    # Whom this member stands for since they were merged; NULL: for itself.
    Column("merged_into", Id),
    # Since when nobody knows any more who it is.
    Column("erased_at", Moment),
    # Since when orders earn nothing and points cannot be spent; `member_exclusions` has every such time.
    Column("excluded_at", Moment),
    UniqueConstraint("store_id", "customer_ref"),
    UniqueConstraint("store_id", "guest_key"),
    CheckConstraint("available_points >= 0", name="available"),
    CheckConstraint("pending_points >= 0", name="pending"),
    CheckConstraint("debt_points >= 0", name="debt"),
    CheckConstraint("debt_points = 0 OR available_points = 0", name="debt_means_nothing_available"),
    # For lists of very many members: one for each order they can be in, and one for each few of them.
    *(
        Index(name, "store_id", column, "id", sqlite_where=IS_ITSELF, postgresql_where=IS_ITSELF)
        for name, column in (
            ("ix_members_points", "available_points"),
            ("ix_members_active", "last_activity_at"),
            ("ix_members_joined", "joined_at"),
        )
    ),
    *(
        Index(name, "store_id", "id", sqlite_where=some, postgresql_where=some)
        for name, some in (
            ("ix_members_pending", HAS_PENDING),
            ("ix_members_debt", HAS_DEBT),
            ("ix_members_excluded", IS_EXCLUDED),
        )
    ),
)

persons = Table(
    "persons",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("member_id", Id, primary_key=True),
    Column("email_key", LargeBinary(32), nullable=False),
    # Encrypted.
    Column("email", LargeBinary, nullable=False, info=SEALED),
    # The platform's date of the account that said so; NULL: an order did.
    Column("modified_at", Moment),
    # Encrypted: given name and family name; NULL: nobody told one.
    Column("name", LargeBinary, info=SEALED),
    # Keyed hash of it, to tell whether a name is another.
    Column("name_key", LargeBinary(16)),
    Index("ix_persons_email_key", "store_id", "email_key"),
)

person_words = Table(
    "person_words",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("member_id", Id, primary_key=True),
    # Keyed hash of one word of the name: it says nothing without the key, and nothing in another store.
    Column("key", LargeBinary(16), primary_key=True),
    Index("ix_person_words_key", "store_id", "key", "member_id"),
)

member_exclusions = Table(
    "member_exclusions",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("member_id", Id, primary_key=True),
    # Orders placed from then on earn nothing, for ever.
    Column("began_at", Moment, primary_key=True),
    # Orders placed from then on earn again; NULL: it stands.
    Column("ended_at", Moment),
    # Encrypted: {began, ended}, why, as typed; NULL: nobody said, or the member was forgotten.
    Column("notes", LargeBinary, info=SEALED),
    CheckConstraint("ended_at > began_at", name="ends_later"),
)
