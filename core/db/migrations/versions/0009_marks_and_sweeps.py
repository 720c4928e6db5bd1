"""What a code is marked with at its store, and how far a store's codes have been looked through."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0009"
down_revision = "0008"

ROLE = "regulars_app"


def upgrade() -> None:
    """One column, and one table behind the same walls as every table of a store."""
    op.add_column("redemptions", sa.Column("mark", sa.String(60)))
    op.create_table(
        "code_sweeps",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("swept_at", Moment()),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_code_sweeps_store_id")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_code_sweeps")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON code_sweeps TO {ROLE}")
        op.execute("ALTER TABLE code_sweeps ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE code_sweeps FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY of_its_store ON code_sweeps USING ("
            "store_id::text = current_setting('app.store_id', true) "
            "OR current_setting('app.store_id', true) = 'all')"
        )
