"""The orders placed last are found without looking through all of a store."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """One index more."""
    op.create_index("ix_orders_ordered", "orders", ["store_id", "ordered_at", "order_ref"])
