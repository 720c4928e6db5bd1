"""Catch-ups know which unlisted order they asked for last."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Moment

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add its place among the orders we hold."""
    op.add_column("catch_ups", sa.Column("asked_modified_at", Moment()))
    op.add_column("catch_ups", sa.Column("asked_ref", sa.String(40)))
