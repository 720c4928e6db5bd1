"""Effects: what has to happen outside the database."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0002"
down_revision = "0001"

ROLE = "regulars_app"
WAITING = sa.text("state IN ('pending','parked')")


def upgrade() -> None:
    """Create the table and give every store a lease for calling out."""
    op.create_table(
        "effects",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("done_at", Moment()),
        sa.CheckConstraint("state IN ('pending','done','parked','failed')", name=op.f("ck_effects_state")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_effects_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        sa.UniqueConstraint("store_id", "key", name=op.f("uq_effects_store_id_key")),
    )
    op.create_index(
        "ix_effects_waiting",
        "effects",
        ["store_id", "next_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.execute("INSERT INTO leases (store_id, name, claim_size) SELECT id, 'outside', 500 FROM stores")
    if op.get_bind().dialect.name == "postgresql":
        secure()


def secure() -> None:
    """The same walls as around every table of a store."""
    op.drop_constraint("pk_effects", "effects")
    op.create_primary_key("pk_effects", "effects", ["store_id", "id"])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON effects TO {ROLE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute("ALTER TABLE effects ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE effects FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_store ON effects USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
