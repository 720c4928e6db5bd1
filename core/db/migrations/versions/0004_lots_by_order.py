"""Lots are found by their order; a member's newest ones, and a store's due ones, without passing others."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INDEXES = {
    "ix_lots_order": (["store_id", "order_ref"], None),
    "ix_lots_member": (["store_id", "member_id", "is_released", "id"], "remaining_points > 0"),
    "ix_lots_pending": (["store_id", "available_at"], "NOT is_released"),
    "ix_lots_expiring": (["store_id", "expires_at"], "remaining_points > 0 AND is_released"),
}


EXPECTED = {
    ("lots", "sqlite_autoindex_lots_1"): "1000000 1000000 1",
    ("lots", "ix_lots_order"): "1000000 1000000 1",
    ("lots", "ix_lots_member"): "800000 800000 20 18 1",
    ("lots", "ix_lots_pending"): "50000 50000 1",
    ("lots", "ix_lots_expiring"): "700000 700000 1",
    ("members", "sqlite_autoindex_members_1"): "50000 50000 1",
    ("members", "sqlite_autoindex_members_2"): "50000 50000 1",
}
"""Rows of an index, then how many share its first column, its first two, and so on."""

COUNTED_OFTEN = ("inbox", "orders", "order_snapshots", "members", "entries", "lots", "lot_uses")


def upgrade() -> None:
    """Four indexes in place of four, all led by the store."""
    for name in ("ix_lots_pending_order", "ix_lots_member", "ix_lots_pending", "ix_lots_expiring"):
        op.drop_index(name, "lots")
    for name, (columns, rows) in INDEXES.items():
        where = sa.text(rows) if rows else None
        op.create_index(name, "lots", columns, sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name == "postgresql":
        count_rows_sooner()
    else:
        say_how_many_rows_to_expect()


def count_rows_sooner() -> None:
    """Every 5,000 changes, however large the table: as it comes, PostgreSQL waits for a tenth of all rows.

    Until then it takes a new store for one without rows, and whichever index begins with the store for good.
    """
    for table in COUNTED_OFTEN:
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_analyze_scale_factor = 0, "
            "autovacuum_analyze_threshold = 5000)"
        )


def say_how_many_rows_to_expect() -> None:
    """SQLite never counts by itself, and takes it that ten rows share a store: fewer than a list of ids."""
    op.execute("ANALYZE lots")
    for (table, index), rows in EXPECTED.items():
        expected = {"table": table, "index": index, "rows": rows}
        for statement in (
            "DELETE FROM sqlite_stat1 WHERE tbl = :table AND (idx = :index OR idx IS NULL)",
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :rows)",
        ):
            op.get_bind().execute(
                sa.text(statement).bindparams(
                    **{name: value for name, value in expected.items() if f":{name}" in statement}
                )
            )
