"""Codes of a task in rows of their own, and how often a portion of a task was begun in vain."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id

revision = "0025"
down_revision = "0024"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create the table, behind the same walls as every table of a store, and the column."""
    op.add_column("tasks", sa.Column("starts", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "task_codes",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("task_id", Id, nullable=False),
        sa.Column("redemption_id", Id, nullable=False),
        sa.Column("why", sa.Text()),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_task_codes_store_id")),
        sa.ForeignKeyConstraint(
            ["store_id", "task_id"],
            ["tasks.store_id", "tasks.id"],
            name=op.f("fk_task_codes_task"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("store_id", "task_id", "redemption_id", name=op.f("pk_task_codes")),
    )
    if op.get_bind().dialect.name == "postgresql":
        put_behind_walls()


def put_behind_walls() -> None:
    """The role may use it, and sees but the rows of the store it serves."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON task_codes TO {ROLE}")
    op.execute("ALTER TABLE task_codes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE task_codes FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_store ON task_codes USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )
