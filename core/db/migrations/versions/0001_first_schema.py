"""The first schema: stores, inbox, orders, members and the ledger.

On PostgreSQL the product works as a role that neither owns these tables nor may pass row security, and every
row is visible only to a transaction that names its store. The ledger refuses to be changed on both databases.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0001"
down_revision = None

ROLE = "regulars_app"
NUMBERED = ("inbox", "order_snapshots", "members", "entries", "lots", "lot_uses")
OF_A_STORE = (*NUMBERED, "store_rates", "leases", "orders", "persons", "program_versions", "notices")


def upgrade() -> None:
    """Create everything."""
    create_tables()
    if op.get_bind().dialect.name == "postgresql":
        lead_keys_with_store()
        create_role()
        secure_rows()
        pack_bodies_quickly()
    refuse_changes_to_the_ledger()


def lead_keys_with_store() -> None:
    """Partitions want the store in every primary key; SQLite numbers only single columns."""
    for table in NUMBERED:
        op.drop_constraint(f"pk_{table}", table)
        op.create_primary_key(f"pk_{table}", table, ["store_id", "id"])


def pack_bodies_quickly() -> None:
    """Bodies are written once and read once: lz4 costs a third of the default, where it is built in."""
    op.execute(
        "DO $$ BEGIN ALTER TABLE inbox ALTER COLUMN body SET COMPRESSION lz4; "
        "EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL; END $$"
    )


def create_role() -> None:
    """The role belongs to the server, not to one database: it may be there already, made by somebody else.

    Who may not make roles can have it made and granted beforehand.
    """
    op.execute(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN "
        f"CREATE ROLE {ROLE} NOLOGIN NOBYPASSRLS; END IF; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute(
        f"DO $$ BEGIN GRANT {ROLE} TO CURRENT_USER; EXCEPTION WHEN insufficient_privilege THEN "
        f"IF NOT pg_has_role(CURRENT_USER, '{ROLE}', 'MEMBER') THEN RAISE; END IF; END $$"
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON entries FROM {ROLE}")


def secure_rows() -> None:
    """The second wall: a query that forgets its store finds nothing of another one."""
    for table, column in (*((table, "store_id") for table in OF_A_STORE), ("stores", "id")):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY of_its_store ON {table} USING ("
            f"{column}::text = current_setting('app.store_id', true) "
            "OR current_setting('app.store_id', true) = 'all')"
        )


def refuse_changes_to_the_ledger() -> None:
    """Entries are only ever added."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'ledger entries are never changed or deleted'; END $$"
        )
        op.execute(
            "CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries "
            "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER entries_no_{change.lower()} BEFORE {change} ON entries "
            "BEGIN SELECT RAISE(ABORT, 'ledger entries are never changed or deleted'); END"
        )


def create_tables() -> None:
    """Tables and indexes, as `core.db.tables` names them."""
    op.create_table(
        "stores",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        sa.Column("webhook_path", sa.String(length=64), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stores")),
        sa.UniqueConstraint("name", name=op.f("uq_stores_name")),
        sa.UniqueConstraint("webhook_path", name=op.f("uq_stores_webhook_path")),
    )
    op.create_table(
        "ticks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=True),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("last_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ticks")),
    )
    op.create_table(
        "entries",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("order_ref", sa.String(length=40), nullable=True),
        sa.Column("program_version", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('earn','redeem','revoke','expire','adjust','restore')", name=op.f("ck_entries_kind")
        ),
        sa.CheckConstraint("points <> 0", name=op.f("ck_entries_points")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_entries_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("store_id", "key", name=op.f("uq_entries_store_id_key")),
    )
    op.create_index("ix_entries_member", "entries", ["store_id", "member_id", "id"], unique=False)
    op.create_index("ix_entries_order", "entries", ["store_id", "order_ref"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("delivery_ref", sa.String(length=120), nullable=False),
        sa.Column("dedupe", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("order_ref", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('new','done','ignored','held','needs_fetch','dead')", name=op.f("ck_inbox_state")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_inbox_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("store_id", "dedupe", name=op.f("uq_inbox_store_id_dedupe")),
    )
    op.create_index(
        "ix_inbox_new",
        "inbox",
        ["store_id", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_index("ix_inbox_order", "inbox", ["store_id", "order_ref"], unique=False)
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["store_id", "state", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('held','needs_fetch','dead')"),
        sqlite_where=sa.text("state IN ('held','needs_fetch','dead')"),
    )
    op.create_table(
        "leases",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=True),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("claim_size", sa.Integer(), nullable=False),
        sa.Column("alone_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_leases_store_id")),
        sa.PrimaryKeyConstraint("store_id", "name", name=op.f("pk_leases")),
    )
    op.create_table(
        "lot_uses",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("lot_id", Id, nullable=False),
        sa.Column("entry_key", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_lot_uses_points")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_lot_uses_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_uses")),
    )
    op.create_index("ix_lot_uses_lot", "lot_uses", ["store_id", "lot_id"], unique=False)
    op.create_table(
        "lots",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("entry_key", sa.String(length=120), nullable=False),
        sa.Column("order_ref", sa.String(length=40), nullable=True),
        sa.Column("earned_points", sa.BigInteger(), nullable=False),
        sa.Column("remaining_points", sa.BigInteger(), nullable=False),
        sa.Column("expired_points", sa.BigInteger(), nullable=False),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.Column("available_at", Moment(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("rolling_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("expired_points BETWEEN 0 AND earned_points", name=op.f("ck_lots_expired")),
        sa.CheckConstraint("remaining_points BETWEEN 0 AND earned_points", name=op.f("ck_lots_remaining")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_lots_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("store_id", "entry_key", name=op.f("uq_lots_store_id_entry_key")),
    )
    op.create_index(
        "ix_lots_expiring",
        "lots",
        ["expires_at", "store_id"],
        unique=False,
        postgresql_where=sa.text("remaining_points > 0 AND is_released"),
        sqlite_where=sa.text("remaining_points > 0 AND is_released"),
    )
    op.create_index(
        "ix_lots_member",
        "lots",
        ["store_id", "member_id"],
        unique=False,
        postgresql_where=sa.text("remaining_points > 0 OR expired_points > 0"),
        sqlite_where=sa.text("remaining_points > 0 OR expired_points > 0"),
    )
    op.create_index(
        "ix_lots_pending",
        "lots",
        ["available_at", "store_id"],
        unique=False,
        postgresql_where=sa.text("NOT is_released"),
        sqlite_where=sa.text("NOT is_released"),
    )
    op.create_index(
        "ix_lots_pending_order",
        "lots",
        ["store_id", "order_ref"],
        unique=False,
        postgresql_where=sa.text("NOT is_released"),
        sqlite_where=sa.text("NOT is_released"),
    )
    op.create_table(
        "members",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("customer_ref", sa.String(length=40), nullable=True),
        sa.Column("guest_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("available_points", sa.BigInteger(), nullable=False),
        sa.Column("pending_points", sa.BigInteger(), nullable=False),
        sa.Column("debt_points", sa.BigInteger(), nullable=False),
        sa.Column("last_activity_at", Moment(), nullable=True),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.CheckConstraint("available_points >= 0", name=op.f("ck_members_available")),
        sa.CheckConstraint(
            "debt_points = 0 OR available_points = 0", name=op.f("ck_members_debt_means_nothing_available")
        ),
        sa.CheckConstraint("debt_points >= 0", name=op.f("ck_members_debt")),
        sa.CheckConstraint("pending_points >= 0", name=op.f("ck_members_pending")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_members_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("store_id", "customer_ref", name=op.f("uq_members_store_id_customer_ref")),
        sa.UniqueConstraint("store_id", "guest_key", name=op.f("uq_members_store_id_guest_key")),
    )
    op.create_table(
        "notices",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_notices_store_id")),
        sa.UniqueConstraint("store_id", "kind", "subject", name=op.f("uq_notices_store_id_kind_subject")),
    )
    op.create_table(
        "order_snapshots",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("order_ref", sa.String(length=40), nullable=False),
        sa.Column("telling", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("observed_at", Moment(), nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_order_snapshots_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_snapshots")),
        sa.UniqueConstraint(
            "store_id", "order_ref", "telling", name=op.f("uq_order_snapshots_store_id_order_ref_telling")
        ),
    )
    op.create_table(
        "orders",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("order_ref", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=80), nullable=False),
        sa.Column("ordered_at", Moment(), nullable=True),
        sa.Column("modified_at", Moment(), nullable=True),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("status_rank", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("fetched_at", Moment(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("alive_at", Moment(), nullable=True),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("posted_points", sa.BigInteger(), nullable=False),
        sa.Column("settlement_count", sa.Integer(), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=True),
        sa.Column("rate", sa.String(length=40), nullable=True),
        sa.Column("held", sa.String(length=80), nullable=True),
        sa.Column("wants", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_orders_store_id")),
        sa.PrimaryKeyConstraint("store_id", "order_ref", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_member", "orders", ["store_id", "member_id"], unique=False)
    op.create_index("ix_orders_program_version", "orders", ["store_id", "program_version"], unique=False)
    op.create_table(
        "persons",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("email_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_persons_store_id")),
        sa.PrimaryKeyConstraint("store_id", "member_id", name=op.f("pk_persons")),
    )
    op.create_index("ix_persons_email_key", "persons", ["store_id", "email_key"], unique=False)
    op.create_table(
        "program_versions",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", Moment(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("applied_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_program_versions_store_id")),
        sa.PrimaryKeyConstraint("store_id", "version", name=op.f("pk_program_versions")),
    )
    op.create_table(
        "store_rates",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.String(length=40), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_store_rates_store_id")),
        sa.UniqueConstraint("store_id", "currency", name=op.f("uq_store_rates_store_id_currency")),
    )
