"""Redemptions: codes, the orders that carry them, stocks of rewards, and points that came back into lots."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0006"
down_revision = "0005"

ROLE = "regulars_app"
LIVE = sa.text("state = 'live'")
TABLES = ("redemptions", "code_carriers", "reward_stocks", "lot_returns")
NUMBERED = ("redemptions", "lot_returns")


def upgrade() -> None:
    """Create the tables, behind the same walls as every table of a store."""
    create_redemptions()
    op.create_table(
        "code_carriers",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("redemption_id", Id, nullable=False),
        sa.Column("order_ref", sa.String(40), nullable=False),
        sa.Column("returned_share", sa.String(160), nullable=False),
        sa.Column("freed_at", Moment()),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_code_carriers_store_id")),
        sa.PrimaryKeyConstraint("store_id", "redemption_id", "order_ref", name=op.f("pk_code_carriers")),
    )
    op.create_index("ix_code_carriers_order", "code_carriers", ["store_id", "order_ref"])
    op.create_table(
        "reward_stocks",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("reward_ref", sa.String(40), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_reward_stocks_store_id")),
        sa.PrimaryKeyConstraint("store_id", "reward_ref", name=op.f("pk_reward_stocks")),
    )
    op.create_table(
        "lot_returns",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("lot_id", Id, nullable=False),
        sa.Column("entry_key", sa.String(120), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_lot_returns_points")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_lot_returns_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_returns")),
    )
    op.create_index("ix_lot_returns_lot", "lot_returns", ["store_id", "lot_id"])
    op.create_index("ix_lot_returns_entry", "lot_returns", ["store_id", "entry_key"])
    op.create_index("ix_lot_uses_entry", "lot_uses", ["store_id", "entry_key"])
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            secure(table)


def create_redemptions() -> None:
    """The table of redemptions."""
    op.create_table(
        "redemptions",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("reward_ref", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.Column("cost_points", sa.BigInteger(), nullable=False),
        sa.Column("restored_points", sa.BigInteger(), nullable=False),
        sa.Column("is_from_stock", sa.Boolean(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("code_key", sa.String(40), nullable=False),
        sa.Column("discount", sa.Text(), nullable=False),
        sa.Column("code_ref", sa.String(80)),
        sa.Column("idempotency_key", sa.String(120), nullable=False),
        sa.Column("wish", sa.String(120), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", Moment()),
        sa.Column("refused_at", Moment()),
        sa.Column("off_at", Moment()),
        sa.Column("withdrawn_at", Moment()),
        sa.Column("problem", sa.Text()),
        sa.Column("order_ref", sa.String(40)),
        sa.Column("requested_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment()),
        sa.CheckConstraint(
            "state IN ('pending','live','used','expired','cancelling','cancelled','failed')",
            name=op.f("ck_redemptions_state"),
        ),
        sa.CheckConstraint("restored_points BETWEEN 0 AND cost_points", name=op.f("ck_redemptions_restored")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_redemptions_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("store_id", "code_key", name=op.f("uq_redemptions_store_id_code_key")),
        sa.UniqueConstraint(
            "store_id",
            "member_id",
            "idempotency_key",
            name=op.f("uq_redemptions_store_id_member_id_idempotency_key"),
        ),
    )
    op.create_index(
        "ix_redemptions_ending",
        "redemptions",
        ["store_id", "ends_at"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def secure(table: str) -> None:
    """The store leads the key, and no other store sees the rows."""
    if table in NUMBERED:
        op.drop_constraint(f"pk_{table}", table)
        op.create_primary_key(f"pk_{table}", table, ["store_id", "id"])
        op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY of_its_store ON {table} USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
