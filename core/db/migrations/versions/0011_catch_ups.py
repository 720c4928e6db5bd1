"""Catch-ups: how far a store's orders have been gone through."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0011"
down_revision = "0010"

ROLE = "regulars_app"
UNDER_WAY = sa.text("since IS NOT NULL")


def upgrade() -> None:
    """Create the table, behind the same walls as every table of a store."""
    op.create_table(
        "catch_ups",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("reached_at", Moment(), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("since", Moment()),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("list_at", sa.Integer(), nullable=False),
        sa.Column("newest_at", Moment()),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("placed_since", Moment()),
        sa.Column("seen_orders", sa.BigInteger(), nullable=False),
        sa.Column("left_orders", sa.BigInteger()),
        sa.Column("problem", sa.Text()),
        sa.CheckConstraint("kind IN ('changes','reread','import')", name=op.f("ck_catch_ups_kind")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_catch_ups_store_id")),
        sa.PrimaryKeyConstraint("store_id", "kind", name=op.f("pk_catch_ups")),
    )
    op.create_index(
        "ix_catch_ups_under_way",
        "catch_ups",
        ["next_at"],
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )
    op.create_index("ix_orders_modified", "orders", ["store_id", "modified_at"])
    if op.get_bind().dialect.name == "postgresql":
        secure()


def secure() -> None:
    """The role may use it, and sees but the rows of the store it serves."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON catch_ups TO {ROLE}")
    op.execute("ALTER TABLE catch_ups ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE catch_ups FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_store ON catch_ups USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
