"""Apps of platforms, the tokens merchants grant them, and installations under way."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0012"
down_revision = "0011"

ROLE = "regulars_app"
OF_NO_STORE = "current_setting('app.store_id', true) = 'all'"
OF_ITS_STORE = f"store_id::text = current_setting('app.store_id', true) OR {OF_NO_STORE}"


def upgrade() -> None:
    """Create the tables; whoever serves a single store sees neither apps nor installations under way."""
    op.add_column("stores", sa.Column("app_id", Id))
    op.add_column("stores", sa.Column("disconnected_at", Moment()))
    op.add_column("inbox", sa.Column("triggered_at", Moment()))
    create_apps()
    op.create_table(
        "store_tokens",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("app_id", Id, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("granted_at", Moment(), nullable=False),
        sa.Column("renewed_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment()),
        sa.Column("refresh_expires_at", Moment()),
        sa.Column("lease_token", sa.String(40)),
        sa.Column("lease_until", Moment()),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_store_tokens_store_id")),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"], name=op.f("fk_store_tokens_app_id")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_store_tokens")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
        secure("apps", OF_NO_STORE)
        secure("installs", OF_NO_STORE)
        secure("store_tokens", OF_ITS_STORE)


def create_apps() -> None:
    """The tables of no store."""
    op.create_table(
        "apps",
        sa.Column("id", Id, nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(80), nullable=False),
        sa.Column("handle", sa.String(80), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apps")),
        sa.UniqueConstraint("platform", "client_id", name=op.f("uq_apps_platform_client_id")),
    )
    op.create_table(
        "installs",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("app_id", Id, nullable=False),
        sa.Column("shop", sa.String(80), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["apps.id"], name=op.f("fk_installs_app_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_installs")),
    )


def secure(table: str, who: str) -> None:
    """Only `who` sees the rows."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_its_store ON {table} USING ({who})")
