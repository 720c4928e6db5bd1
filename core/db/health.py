"""Questions about the database itself, for whoever looks after it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, text

from core.db.engine import APP_ROLE
from core.db.tables import metadata

_TRIGGERS = {"sqlite": {"entries_no_update", "entries_no_delete"}, "postgresql": {"entries_append_only"}}


def role_problems(db: Connection) -> list[str]:
    """What is wrong with the role the product works as; nothing on SQLite, which has no roles."""
    if db.dialect.name == "sqlite":
        return []
    role = db.execute(
        text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = :role"), {"role": APP_ROLE}
    ).one()
    problems = []
    if role.rolsuper or role.rolbypassrls:
        problems.append(f"the role {APP_ROLE} passes row security")
    tables = db.execute(
        text(
            "SELECT relname, pg_get_userbyid(relowner) = :role AS is_owner, "
            "relrowsecurity AND relforcerowsecurity AS is_secured "
            "FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(:tables) "
            "ORDER BY relname"
        ),
        {"role": APP_ROLE, "tables": _of_stores()},
    )
    for table in tables:
        if table.is_owner:
            problems.append(f"the role {APP_ROLE} owns {table.relname}")
        if not table.is_secured:
            problems.append(f"{table.relname} has no forced row security")
    return problems


def _of_stores() -> list[str]:
    return [table.name for table in metadata.sorted_tables if "store_id" in table.c or table.name == "stores"]


def is_append_only(db: Connection) -> bool:
    """Whether the database itself still refuses to change or delete ledger entries."""
    if db.dialect.name == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entries'"
    else:
        sql = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'entries'::regclass AND tgenabled <> 'D'"
    return _TRIGGERS[db.dialect.name] <= set(db.execute(text(sql)).scalars())


def clock(db: Connection) -> datetime | None:
    """What time the database's machine has; None on SQLite, which is this machine."""
    if db.dialect.name == "sqlite":
        return None
    moment: datetime = db.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def server(db: Connection) -> str:
    """What kind of database it is, and which version: `PostgreSQL 16.4`, `SQLite 3.45.1`."""
    if db.dialect.name == "sqlite":
        return f"SQLite {db.execute(text('SELECT sqlite_version()')).scalar_one()}"
    version: str = db.execute(text("SELECT current_setting('server_version')")).scalar_one()
    return f"PostgreSQL {version.split(maxsplit=1)[0]}"


def size_bytes(db: Connection) -> int | None:
    """How large the database is; None where we may not ask."""
    if db.dialect.name == "sqlite":
        sizes = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        # For roles that may not connect by themselves the question alone would be an error.
        sizes = (
            "SELECT CASE WHEN has_database_privilege(current_database(), 'CONNECT') "
            "THEN pg_database_size(current_database()) END"
        )
    size = db.execute(text(sizes)).scalar()
    return None if size is None else int(size)


def revision(db: Connection) -> str:
    """Which of our migrations made the tables."""
    found: str = db.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return found
