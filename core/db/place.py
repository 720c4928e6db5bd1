"""Which database this is: the same after a restart or a restored backup, another for a copy elsewhere."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text


def place_of(db: Connection) -> str:
    """A text by which a database is told from a copy of it that lives somewhere else.

    On PostgreSQL the server's own number and the database's name; where the number is not for us to read, the
    server's address. For SQLite the path of the file and the number its folder has on its disk.
    """
    url = db.engine.url
    if db.dialect.name == "sqlite":
        file = Path(url.database or "")
        return f"{file} {file.parent.stat().st_ino}"
    name = db.execute(text("SELECT current_database()")).scalar_one()
    return f"{_server_number(db) or f'{url.host}:{url.port}'} {name}"


def _server_number(db: Connection) -> str | None:
    may_read = text("SELECT has_function_privilege('pg_control_system()', 'execute')")
    if not db.execute(may_read).scalar_one():
        return None
    return str(db.execute(text("SELECT system_identifier FROM pg_control_system()")).scalar_one())
