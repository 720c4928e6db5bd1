"""Forgetting people and wiping stores.

Ledger entries stay what they were: only ever added. There is one exception, and it hangs on the store and not
on who asks: once a store's row says `wiped`, its entries may be deleted, never changed. On PostgreSQL the
product's role still has no right to delete entries at all; it can only call `wipe_entries`, which deletes a
portion of one store's under the owner's role, and the trigger asks for the store's state there, too.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Id, Moment

revision = "0013"
down_revision = "0012"

ROLE = "regulars_app"
UNLOOKED = sa.text("looked_until < look_until")
CLOSED_WITH_BODY = sa.text("body IS NOT NULL AND state IN ('done','ignored')")
IS_WIPED = "EXISTS (SELECT 1 FROM stores WHERE stores.id = OLD.store_id AND stores.state = 'wiped')"
REFUSAL = "ledger entries are never changed or deleted"


def upgrade() -> None:
    """Tombstones, exports, members without a name, and a way to wipe."""
    op.add_column("members", sa.Column("erased_at", Moment()))
    op.create_index(
        "ix_inbox_closed",
        "inbox",
        ["store_id", "received_at"],
        sqlite_where=CLOSED_WITH_BODY,
        postgresql_where=CLOSED_WITH_BODY,
    )
    create_tables()
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("pk_exports", "exports")
        op.create_primary_key("pk_exports", "exports", ["store_id", "id"])
        for table in ("tombstones", "exports"):
            secure(table)
        let_wiped_ledgers_go_on_postgresql()
    else:
        let_wiped_ledgers_go_on_sqlite()


def create_tables() -> None:
    """As `core.db.privacy_tables` names them."""
    op.create_table(
        "tombstones",
        sa.Column("store_id", Id, nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("erased_at", Moment(), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("looked_until", sa.BigInteger(), nullable=False),
        sa.Column("look_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_tombstones_store_id")),
        sa.PrimaryKeyConstraint("store_id", "key", "erased_at", name=op.f("pk_tombstones")),
    )
    op.create_index(
        "ix_tombstones_unlooked",
        "tombstones",
        ["store_id"],
        sqlite_where=UNLOOKED,
        postgresql_where=UNLOOKED,
    )
    op.create_table(
        "exports",
        sa.Column("id", Id, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("request_ref", sa.String(length=40), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["stores.id"], name=op.f("fk_exports_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_ending", "exports", ["store_id", "ends_at"])


def secure(table: str) -> None:
    """No other store sees the rows."""
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY of_its_store ON {table} USING ("
        "store_id::text = current_setting('app.store_id', true) "
        "OR current_setting('app.store_id', true) = 'all')"
    )


def let_wiped_ledgers_go_on_postgresql() -> None:
    """The owner may be one whom row security does not bind: the function asks for the store itself."""
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF TG_OP = 'DELETE' AND {IS_WIPED} THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE FUNCTION wipe_entries(of_store bigint, most integer) RETURNS integer LANGUAGE plpgsql "
        "SECURITY DEFINER SET search_path = public, pg_temp AS "
        "$$ DECLARE gone integer; BEGIN "
        "IF current_setting('app.store_id', true) IS DISTINCT FROM of_store::text THEN "
        "RAISE EXCEPTION 'a store is wiped in a transaction of its own'; END IF; "
        "DELETE FROM entries WHERE ctid = ANY (ARRAY("
        "SELECT ctid FROM entries WHERE store_id = of_store LIMIT most)); "
        "GET DIAGNOSTICS gone = ROW_COUNT; RETURN gone; END $$"
    )
    op.execute("REVOKE ALL ON FUNCTION wipe_entries(bigint, integer) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION wipe_entries(bigint, integer) TO {ROLE}")


def let_wiped_ledgers_go_on_sqlite() -> None:
    """The trigger alone: SQLite knows no roles."""
    op.execute("DROP TRIGGER entries_no_delete")
    op.execute(
        f"CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries WHEN NOT {IS_WIPED} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )
