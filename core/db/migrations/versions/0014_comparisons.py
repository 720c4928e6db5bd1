"""Comparisons: the last look at how many of a store's paid orders are settled here."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0014"
down_revision = "0013"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create the table, behind the same walls as every table of a store."""
    op.create_table(
        "comparisons",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("compared_at", Moment()),
        sa.Column("result", sa.Text()),
        sa.Column("problem", sa.Text()),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_comparisons_store_id")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_comparisons")),
    )
    op.create_index("ix_comparisons_due_at", "comparisons", ["due_at"])
    if op.get_bind().dialect.name == "postgresql":
        secure()


def secure() -> None:
    """The role may use it, and sees but the rows of the store it serves."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON comparisons TO {ROLE}")
    op.execute("ALTER TABLE comparisons ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE comparisons FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_store ON comparisons USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
