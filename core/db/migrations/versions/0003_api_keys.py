"""Keys that let a program of the merchant's read over HTTP."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0003"
down_revision = "0002"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create the table, behind the same walls as every table of a store."""
    op.create_table(
        "api_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment()),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_api_keys_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("store_id", "digest", name=op.f("uq_api_keys_store_id_digest")),
    )
    if op.get_bind().dialect.name == "postgresql":
        secure()


def secure() -> None:
    """The store leads the key, and no other store sees the rows."""
    op.drop_constraint("pk_api_keys", "api_keys")
    op.create_primary_key("pk_api_keys", "api_keys", ["store_id", "id"])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON api_keys TO {ROLE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute("ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE api_keys FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_store ON api_keys USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
