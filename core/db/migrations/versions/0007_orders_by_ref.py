"""An order is found in whichever store has it, without looking through all of them."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """One index more."""
    op.create_index("ix_orders_ref", "orders", ["order_ref"])
