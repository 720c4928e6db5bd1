"""How points are called and look, how long bodies are kept, and which backups were taken."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0024"
down_revision = "0023"

ROLE = "regulars_app"
OF_ONE_STORE = (
    "store_id::text = current_setting('app.store_id', true) OR current_setting('app.store_id', true) = 'all'"
)
OF_THE_INSTALLATION = "current_setting('app.store_id', true) = 'all'"


def upgrade() -> None:
    """Create both tables behind their walls, a column, and an index for what failed for good."""
    op.add_column("stores", sa.Column("bodies_kept_days", sa.Integer(), nullable=False, server_default="30"))
    failed = sa.text("state = 'failed'")
    op.create_index(
        "ix_effects_failed", "effects", ["store_id", "id"], sqlite_where=failed, postgresql_where=failed
    )
    create_brands()
    op.create_table(
        "backups",
        sa.Column("id", Id, nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("has_keys", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
    )
    if op.get_bind().dialect.name == "postgresql":
        put_behind("brands", OF_ONE_STORE)
        put_behind("backups", OF_THE_INSTALLATION)
        # So that the product can say which tables it stands on.
        op.execute(f"GRANT SELECT ON alembic_version TO {ROLE}")
        op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def create_brands() -> None:
    """As `core.db.brand_tables` names it."""
    op.create_table(
        "brands",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("one", sa.String(24), nullable=False),
        sa.Column("many", sa.String(24), nullable=False),
        sa.Column("accent", sa.String(7), nullable=False),
        sa.Column("logo", sa.LargeBinary()),
        sa.Column("logo_type", sa.String(20)),
        sa.Column("logo_width", sa.Integer()),
        sa.Column("logo_height", sa.Integer()),
        sa.Column("logo_digest", sa.String(64)),
        sa.Column("logo_small", sa.LargeBinary()),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_brands_store_id")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_brands")),
    )


def put_behind(table: str, visible: str) -> None:
    """The role may use it, and sees but the rows for which `visible` holds."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_its_store ON {table} USING ({visible})")
