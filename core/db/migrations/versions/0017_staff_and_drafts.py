"""Staff with roles, what they changed, and drafts of programs."""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0017"
down_revision = "0016"

ROLE = "regulars_app"
OF_THE_INSTALLATION = ("staff", "sign_in_failures")
OF_A_STORE = ("staff_roles", "program_drafts")


def upgrade() -> None:
    """Create the tables behind their walls, and say of links, sessions and versions whose they are."""
    op.add_column("sign_in_links", sa.Column("staff_id", Id))
    op.add_column("admin_sessions", sa.Column("staff_id", Id))
    op.add_column("program_versions", sa.Column("applied_by", sa.String(120)))
    create_staff()
    create_changes()
    create_drafts()
    if op.get_bind().dialect.name == "postgresql":
        secure()


def create_staff() -> None:
    """People, their roles, and who failed to sign in."""
    op.create_table(
        "staff",
        sa.Column("id", Id, nullable=False),
        sa.Column("email_key", sa.LargeBinary(32), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("locale", sa.String(12)),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_email_key")),
    )
    op.create_table(
        "staff_roles",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("staff_id", Id, nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("most_points", sa.BigInteger()),
        sa.Column("given_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "role IN ('viewer','support','manager','owner')", name=op.f("ck_staff_roles_role")
        ),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_staff_roles_store_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_roles_staff_id")),
        sa.PrimaryKeyConstraint("store_id", "staff_id", name=op.f("pk_staff_roles")),
    )
    op.create_index("ix_staff_roles_staff", "staff_roles", ["staff_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_key", "sign_in_failures", ["key", "at"])


def create_changes() -> None:
    """What people changed."""
    op.create_table(
        "changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("staff_id", Id),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_changes_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_store", "changes", ["store_id", "id"])


def create_drafts() -> None:
    """What becomes a store's next program version."""
    op.create_table(
        "program_drafts",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_program_drafts_store_id")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_program_drafts")),
    )


def secure() -> None:
    """The walls every table stands behind; what was written down of a change stays as it was written."""
    one_store = (
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all'"
    )
    for table in OF_A_STORE:
        put_behind(table, one_store, "SELECT, INSERT, UPDATE, DELETE")
    put_behind("changes", one_store, "SELECT, INSERT, DELETE")
    for table in OF_THE_INSTALLATION:
        put_behind(table, "current_setting('app.store_id', true) = 'all'", "SELECT, INSERT, UPDATE, DELETE")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def put_behind(table: str, visible: str, rights: str) -> None:
    """Only rows for which `visible` holds are seen."""
    op.execute(f"GRANT {rights} ON {table} TO {ROLE}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_its_store ON {table} USING ({visible})")
