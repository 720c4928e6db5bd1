"""Quarantine: deliveries that may have been sent again in the name of another store."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Moment

revision = "0005"
down_revision = "0004"

OPEN = sa.text("state IN ('held','needs_fetch','dead','quarantined')")
STATES = "state IN ('new','done','ignored','held','needs_fetch','dead','quarantined')"


def upgrade() -> None:
    """One more state, and the mark of a delivery somebody has vouched for."""
    op.drop_index("ix_inbox_open", "inbox")
    # SQLite cannot change a check: there the table is made anew, without the checks it had.
    with op.batch_alter_table("inbox") as inbox:
        inbox.add_column(sa.Column("vouched_at", Moment()))
        if op.get_bind().dialect.name == "postgresql":
            inbox.drop_constraint(op.f("ck_inbox_state"), type_="check")
        inbox.create_check_constraint(op.f("ck_inbox_state"), sa.text(STATES))
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["store_id", "state", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
