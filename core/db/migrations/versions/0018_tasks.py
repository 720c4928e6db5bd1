"""Long work that somebody asked for, and the files that belong to it."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0018"
down_revision = "0017"

ROLE = "regulars_app"


def upgrade() -> None:
    """Create both tables, behind the same walls as every table of a store."""
    create_tasks()
    op.create_table(
        "task_parts",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("task_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("part", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_task_parts_store_id")),
        sa.ForeignKeyConstraint(
            ["store_id", "task_id"],
            ["tasks.store_id", "tasks.id"],
            name=op.f("fk_task_parts_task"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_parts")),
        sa.UniqueConstraint(
            "store_id", "task_id", "number", name=op.f("uq_task_parts_store_id_task_id_number")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("tasks", "task_parts"):
            put_behind_walls(table)
        op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def create_tasks() -> None:
    """Long work."""
    is_under_way = sa.text("state = 'running'")
    op.create_table(
        "tasks",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer()),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("result", sa.Text()),
        sa.Column("problem", sa.Text()),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(40)),
        sa.Column("next_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "state IN ('running','paused','done','failed','stopped')", name=op.f("ck_tasks_state")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_tasks_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("store_id", "id", name=op.f("uq_tasks_store_id_id")),
    )
    op.create_index(
        "ix_tasks_running", "tasks", ["next_at"], sqlite_where=is_under_way, postgresql_where=is_under_way
    )


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
