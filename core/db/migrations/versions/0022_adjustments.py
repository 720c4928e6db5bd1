"""Points given or taken by hand, with the notes that say why; merges and redemptions by member."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0022"
down_revision = "0021"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create the table, behind the same walls as every table of a store."""
    op.create_table(
        "adjustments",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("notes", sa.LargeBinary()),
        sa.Column("token", sa.String(80), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("staff_id", Id),
        sa.Column("counted_points", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("undone_at", Moment()),
        sa.Column("undone_by", sa.String(120)),
        sa.CheckConstraint("points <> 0", name=op.f("ck_adjustments_points")),
        sa.CheckConstraint("counted_points >= 0", name=op.f("ck_adjustments_counted")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_adjustments_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint("store_id", "token", name=op.f("uq_adjustments_store_id_token")),
    )
    op.create_index("ix_adjustments_member", "adjustments", ["store_id", "member_id", "id"])
    op.create_index("ix_adjustments_staff", "adjustments", ["store_id", "staff_id", "at"])
    op.create_index("ix_member_merges_into", "member_merges", ["store_id", "into_member_id"])
    op.create_index("ix_redemptions_member", "redemptions", ["store_id", "member_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        put_behind_walls()


def put_behind_walls() -> None:
    """The role may use it, and sees but the rows of the store it serves."""
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON adjustments TO {ROLE}")
    op.execute("ALTER TABLE adjustments ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE adjustments FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_store ON adjustments USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
