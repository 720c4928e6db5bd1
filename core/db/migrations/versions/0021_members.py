"""Names of members, found by their words; members who are excluded; lists of very many members."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0021"
down_revision = "0020"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create both tables, behind the same walls as every table of a store, the new columns and indexes."""
    op.add_column("persons", sa.Column("name", sa.LargeBinary()))
    op.add_column("persons", sa.Column("name_key", sa.LargeBinary(16)))
    op.add_column("members", sa.Column("excluded_at", Moment()))
    op.create_table(
        "person_words",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_person_words_store_id")),
        sa.PrimaryKeyConstraint("store_id", "member_id", "key", name=op.f("pk_person_words")),
    )
    op.create_index("ix_person_words_key", "person_words", ["store_id", "key", "member_id"])
    op.create_table(
        "member_exclusions",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("notes", sa.LargeBinary()),
        sa.CheckConstraint("ended_at > began_at", name=op.f("ck_member_exclusions_ends_later")),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_member_exclusions_store_id")),
        sa.PrimaryKeyConstraint("store_id", "member_id", "began_at", name=op.f("pk_member_exclusions")),
    )
    index_lists()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("person_words", "member_exclusions"):
            put_behind_walls(table)


def index_lists() -> None:
    """What a page of members is found by, and an order by its number."""
    stands = sa.text("merged_into IS NULL")
    for name, column in (
        ("points", "available_points"),
        ("active", "last_activity_at"),
        ("joined", "joined_at"),
    ):
        op.create_index(
            f"ix_members_{name}",
            "members",
            ["store_id", column, "id"],
            sqlite_where=stands,
            postgresql_where=stands,
        )
    for name, where in (
        ("pending", "pending_points > 0"),
        ("debt", "debt_points > 0"),
        ("excluded", "excluded_at IS NOT NULL"),
    ):
        some = sa.text(where)
        op.create_index(
            f"ix_members_{name}", "members", ["store_id", "id"], sqlite_where=some, postgresql_where=some
        )
    op.create_index("ix_orders_number", "orders", ["store_id", "number"])


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
