"""All tables. Constraints carry the invariants; every row belongs to a store.

The migrations make these tables; a test holds both to be the same.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.db.adjustment_tables import adjustments
from core.db.admin_tables import admin_sessions, connect_attempts, connect_keys, hooks, sign_in_links
from core.db.app_tables import apps, installs, store_tokens
from core.db.backup_tables import backups
from core.db.brand_tables import brands
from core.db.catch_up_tables import catch_ups, comparisons
from core.db.day_tables import day_places, day_sums
from core.db.member_tables import member_exclusions, members, person_words, persons
from core.db.merge_tables import member_merges
from core.db.point_tables import CAN_EXPIRE, HOLDS_POINTS, IS_UNRELEASED, entries, lot_uses, lots
from core.db.privacy_tables import exports, tombstones
from core.db.redemption_tables import code_carriers, code_sweeps, lot_returns, redemptions, reward_stocks
from core.db.schema import SEALED, metadata, of_a_store
from core.db.staff_tables import changes, program_drafts, sign_in_failures, staff, staff_roles
from core.db.task_tables import task_codes, task_parts, tasks
from core.db.types import Id, Moment

__all__ = [
    "CAN_EXPIRE",
    "HOLDS_POINTS",
    "IS_UNRELEASED",
    "adjustments",
    "admin_sessions",
    "api_keys",
    "apps",
    "backups",
    "brands",
    "catch_ups",
    "changes",
    "code_carriers",
    "code_sweeps",
    "comparisons",
    "connect_attempts",
    "connect_keys",
    "day_places",
    "day_sums",
    "effects",
    "entries",
    "exports",
    "hooks",
    "inbox",
    "installs",
    "leases",
    "lot_returns",
    "lot_uses",
    "lots",
    "member_exclusions",
    "member_merges",
    "members",
    "metadata",
    "notices",
    "order_snapshots",
    "orders",
    "person_words",
    "persons",
    "program_drafts",
    "program_versions",
    "redemptions",
    "reward_stocks",
    "sign_in_failures",
    "sign_in_links",
    "staff",
    "staff_roles",
    "store_rates",
    "store_tokens",
    "stores",
    "task_codes",
    "task_parts",
    "tasks",
    "ticks",
    "tombstones",
]

# Which rows the partial indexes hold. Queries say it in the same words, never with parameters: a database
# uses such an index only when it can tell from the statement alone that all wanted rows are in it.
IS_NEW = text("state = 'new'")
IS_OPEN = text("state IN ('held','needs_fetch','dead','quarantined')")
IS_CLOSED_WITH_BODY = text("body IS NOT NULL AND state IN ('done','ignored')")
IS_WAITING = text("state IN ('pending','parked')")
IS_IGNORED = text("state = 'ignored'")
IS_FAILED = text("state = 'failed'")


stores = Table(
    "stores",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("platform", String(20), nullable=False),
    Column("url", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("is_offline", Boolean, nullable=False),
    # Random, so that knowing one store's webhook address says nothing about another's.
    Column("webhook_path", String(64), nullable=False, unique=True),
    # Encrypted JSON: keys and webhook secret.
    Column("credentials", LargeBinary, nullable=False, info=SEALED),
    Column("created_at", Moment, nullable=False),
    # One of core.domain.stores.StoreState.
    Column("state", String(12), nullable=False, server_default="connected"),
    # When it was connected last: what is told of an earlier connection no longer counts.
    Column("connected_at", Moment),
    # The app it was connected by; NULL: with keys that were typed in.
    Column("app_id", Id),
    # When the merchant took us out last: orders told of from then on no longer count.
    Column("disconnected_at", Moment),
    # For so many days the body of a delivery is kept once it is closed.
    Column("bodies_kept_days", Integer, nullable=False, server_default="30"),
)

store_rates = Table(
    "store_rates",
    metadata,
    of_a_store(),
    Column("currency", String(3), nullable=False),
    # Decimal text: units of the store's currency for one unit of this one.
    Column("rate", String(40), nullable=False),
    Column("set_at", Moment, nullable=False),
    UniqueConstraint("store_id", "currency"),
)

leases = Table(
    "leases",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("name", String(20), primary_key=True),
    # The fencing token of whoever works on this store now; NULL: nobody.
    Column("token", String(40)),
    Column("until", Moment),
    # How many deliveries the next claim takes: halved after a holder died, doubled after each success.
    Column("claim_size", Integer, nullable=False),
    # The delivery that is being worked on alone, to be charged should this holder die.
    Column("alone_id", BigInteger),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("topic", String(120), nullable=False),
    Column("delivery_ref", String(120), nullable=False),
    # SHA-256 over topic, delivery id and body's hash: byte-identical deliveries count once.
    Column("dedupe", LargeBinary(32), nullable=False),
    # NULL once purged or erased; the snapshot stays.
    Column("body", LargeBinary),
    Column("received_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),
    Column("order_ref", String(40)),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("problem", Text),
    Column("settled_at", Moment),
    # When an operator said that a quarantined delivery is this store's own; NULL: nobody had to.
    Column("vouched_at", Moment),
    # When the platform says that what it tells happened. Not signed; NULL: it does not say.
    Column("triggered_at", Moment),
    UniqueConstraint("store_id", "dedupe"),
    Index(
        "ix_inbox_new",
        "store_id",
        "id",
        sqlite_where=IS_NEW,
        postgresql_where=IS_NEW,
    ),
    Index(
        "ix_inbox_open",
        "store_id",
        "state",
        "id",
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    ),
    Index("ix_inbox_order", "store_id", "order_ref"),
    # For finding bodies that were kept long enough.
    Index(
        "ix_inbox_closed",
        "store_id",
        "received_at",
        sqlite_where=IS_CLOSED_WITH_BODY,
        postgresql_where=IS_CLOSED_WITH_BODY,
    ),
    Index("ix_inbox_ignored", "store_id", "id", sqlite_where=IS_IGNORED, postgresql_where=IS_IGNORED),
    CheckConstraint(
        "state IN ('new','done','ignored','held','needs_fetch','dead','quarantined')", name="state"
    ),
)

orders = Table(
    "orders",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("order_ref", String(40), primary_key=True),
    Column("number", String(80), nullable=False),
    Column("status", String(80), nullable=False),
    Column("ordered_at", Moment),
    Column("modified_at", Moment),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("status_rank", Integer, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("fetched_at", Moment),
    Column("deleted_at", Moment),
    Column("alive_at", Moment),
    Column("member_id", Id),
    Column("posted_points", BigInteger, nullable=False),
    Column("settlement_count", Integer, nullable=False),
    # Pinned at the first settlement, as is the rate of a foreign currency, such as `0.92 USD`.
    Column("program_version", Integer),
    Column("rate", String(40)),
    # Why the order is worth nothing for now although it is paid, such as `currency USD`.
    Column("held", String(80)),
    # What only a fetch can tell; NULL: nothing is missing.
    Column("wants", String(120)),
    Index("ix_orders_member", "store_id", "member_id"),
    # Not led by the store: for asking which stores have an order.
    Index("ix_orders_ref", "order_ref"),
    Index("ix_orders_program_version", "store_id", "program_version"),
    # For finding an order by what people call it.
    Index("ix_orders_number", "store_id", "number"),
    # For finding what a store no longer lists.
    Index("ix_orders_modified", "store_id", "modified_at"),
    # For people who look for an order by the number they know.
    # For the orders placed last, which pages explain with.
    Index("ix_orders_ordered", "store_id", "ordered_at", "order_ref"),
)

order_snapshots = Table(
    "order_snapshots",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("order_ref", String(40), nullable=False),
    # One row per telling that differs: the digest, or for fetches and deletions a hash with their time.
    Column("telling", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("source", String(12), nullable=False),
    Column("observed_at", Moment, nullable=False),
    Column("member_id", Id),
    # JSON of the common schema; NULL for a deletion.
    Column("snapshot", Text),
    UniqueConstraint("store_id", "order_ref", "telling"),
)

# What lets a program of the merchant's read over HTTP. The key itself is never kept.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    # SHA-256 of the key, which is 256 bits by chance: nothing to salt or to slow down.
    Column("digest", LargeBinary(32), nullable=False),
    Column("note", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    UniqueConstraint("store_id", "digest"),
)

program_versions = Table(
    "program_versions",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("effective_from", Moment, nullable=False),
    Column("program", Text, nullable=False),
    Column("applied_at", Moment, nullable=False),
    # Who published it, as the history names them; NULL: nobody in the settings pages.
    Column("applied_by", String(120)),
)

effects = Table(
    "effects",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("kind", String(40), nullable=False),
    # What it is about; asking again for the same thing is one row, one generation higher.
    Column("key", String(120), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("state", String(8), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("problem", Text),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
    UniqueConstraint("store_id", "key"),
    Index(
        "ix_effects_waiting",
        "store_id",
        "next_at",
        sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    ),
    Index(
        "ix_effects_failed",
        "store_id",
        "id",
        sqlite_where=IS_FAILED,
        postgresql_where=IS_FAILED,
    ),
    CheckConstraint("state IN ('pending','done','parked','failed')", name="state"),
)

notices = Table(
    "notices",
    metadata,
    of_a_store(),
    Column("kind", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("sentence", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    UniqueConstraint("store_id", "kind", "subject"),
)

ticks = Table(
    "ticks",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("token", String(40)),
    Column("until", Moment),
    Column("last_at", Moment),
)
