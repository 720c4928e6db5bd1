"""Merged members, and customers who change or go at the platform."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0015"
down_revision = "0014"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create the table of merges, behind the same walls as every table of a store, and the new columns."""
    op.add_column("members", sa.Column("merged_into", Id))
    op.add_column("persons", sa.Column("modified_at", Moment()))
    op.create_table(
        "member_merges",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("from_member_id", Id, nullable=False),
        sa.Column("into_member_id", Id, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("merged_at", Moment(), nullable=False),
        sa.Column("undone_at", Moment()),
        sa.Column("carries", sa.Integer(), nullable=False),
        sa.Column("debt_points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("from_member_id <> into_member_id", name=op.f("ck_member_merges_two_members")),
        sa.CheckConstraint("source IN ('platform','operator','claim')", name=op.f("ck_member_merges_source")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_member_merges_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_merges")),
    )
    op.create_index("ix_member_merges_from", "member_merges", ["store_id", "from_member_id"])
    if op.get_bind().dialect.name == "postgresql":
        secure()


def secure() -> None:
    """The role may use it, and sees but the rows of the store it serves."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON member_merges TO {ROLE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute("ALTER TABLE member_merges ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE member_merges FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_store ON member_merges USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
