"""What each day brought a store, and indexes for finding orders by number and entries by kind."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id

revision = "0023"
down_revision = "0022"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create both tables, behind the same walls as every table of a store, and the indexes."""
    numbers = ("orders", "earned_points", "revoked_points", "spent_points", "returned_points", "codes")
    op.create_table(
        "day_sums",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in numbers),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_day_sums_store_id")),
        sa.PrimaryKeyConstraint("store_id", "day", name=op.f("pk_day_sums")),
    )
    op.create_table(
        "day_places",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_day_places_store_id")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_day_places")),
    )
    add_indexes()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("day_sums", "day_places"):
            put_behind_walls(table)


def add_indexes() -> None:
    """The rare kinds only: an order's first points, of which there are most, are in none of them."""
    for name, table, columns, said in (
        ("ix_entries_rarer", "entries", ["store_id", "kind", "id"], "kind <> 'earn'"),
        ("ix_inbox_ignored", "inbox", ["store_id", "id"], "state = 'ignored'"),
        ("ix_redemptions_used", "redemptions", ["store_id", "changed_at"], "state = 'used'"),
    ):
        where = sa.text(said)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def put_behind_walls(table: str) -> None:
    """The role may use it, and sees but the rows of the store it serves."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY of_its_store ON {table} USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
