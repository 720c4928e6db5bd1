"""Where a store's connection stands, and since when it has stood."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Stores that were connected before are connected, since their first day."""
    op.add_column("stores", sa.Column("state", sa.String(12), nullable=False, server_default="connected"))
    op.add_column("stores", sa.Column("connected_at", Moment()))
    op.execute("UPDATE stores SET connected_at = created_at")
