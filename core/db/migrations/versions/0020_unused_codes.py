"""What codes are worth and carry is asked for by reward."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

WORTH = {
    "postgresql": "(discount::json #>> '{benefit,amount_minor}')::bigint",
    "sqlite": "json_extract(discount, '$.benefit.amount_minor')",
}


def upgrade() -> None:
    """Two columns of codes, and what finds them quickly."""
    op.add_column("redemptions", sa.Column("carries_version", sa.Integer()))
    op.add_column("redemptions", sa.Column("worth_minor", sa.BigInteger()))
    say_what_codes_are_worth()
    is_unused = sa.text("state IN ('pending','live')")
    op.create_index(
        "ix_redemptions_unused",
        "redemptions",
        ["store_id", "reward_ref", "id"],
        sqlite_where=is_unused,
        postgresql_where=is_unused,
    )
    op.create_index("ix_redemptions_requested", "redemptions", ["store_id", "requested_at"])


def say_what_codes_are_worth() -> None:
    """Of those that take an amount off."""
    kind = op.get_bind().dialect.name
    if kind == "postgresql":
        op.execute("SELECT set_config('app.store_id', 'all', true)")
    op.execute(f"UPDATE redemptions SET worth_minor = {WORTH[kind]}")  # noqa: S608
