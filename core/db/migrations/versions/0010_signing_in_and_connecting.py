"""Signing in, connecting a store from its own pages, and the webhooks we make there."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0010"
down_revision = "0009"

ROLE = "regulars_app"
OF_THE_INSTALLATION = ("sign_in_links", "admin_sessions", "connect_attempts", "connect_keys")


def upgrade() -> None:
    """Create the tables. Rows of the installation are seen by transactions over all stores alone."""
    create_of_the_installation()
    create_hooks()
    if op.get_bind().dialect.name == "postgresql":
        secure()


def create_of_the_installation() -> None:
    """Links, sessions, attempts and the keys that came for them."""
    op.create_table(
        "sign_in_links",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("used_at", Moment()),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in_links")),
    )
    op.create_table(
        "admin_sessions",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_admin_sessions")),
    )
    op.create_table(
        "connect_attempts",
        sa.Column("id", Id, nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("state_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("session_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("became_id", Id),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("connected_at", Moment()),
        sa.Column("next_at", Moment()),
        sa.CheckConstraint(
            "stage IN ('asked','proving','connected','failed')", name=op.f("ck_connect_attempts_stage")
        ),
        sa.ForeignKeyConstraint(["became_id"], ["stores.id"], name=op.f("fk_connect_attempts_became_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connect_attempts")),
        sa.UniqueConstraint("state_digest", name=op.f("uq_connect_attempts_state_digest")),
    )
    op.create_table(
        "connect_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("attempt_id", Id, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("came_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["connect_attempts.id"], name=op.f("fk_connect_keys_attempt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connect_keys")),
    )
    op.create_index("ix_connect_keys_attempt_id", "connect_keys", ["attempt_id"])


def create_hooks() -> None:
    """Our webhooks at each store."""
    op.create_table(
        "hooks",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("hook_ref", sa.String(40), nullable=False),
        sa.Column("topic", sa.String(120), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("active_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_hooks_store_id")),
        sa.PrimaryKeyConstraint("store_id", "hook_ref", name=op.f("pk_hooks")),
    )


def secure() -> None:
    """The walls every table stands behind."""
    one_store = (
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all'"
    )
    put_behind("hooks", one_store)
    for table in OF_THE_INSTALLATION:
        put_behind(table, "current_setting('app.store_id', true) = 'all'")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def put_behind(table: str, visible: str) -> None:
    """Only rows for which `visible` holds are seen."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_its_store ON {table} USING ({visible})")
