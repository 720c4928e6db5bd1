"""Many rows in one statement.

PostgreSQL takes one array per column and unfolds them itself: one statement to parse, plan and send, where
a list of parameter sets is one statement each. SQLite has no way to gain by that and runs the list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Connection, Table, any_, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def among(db: Connection, column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """That `column` is one of `values`, in one statement however many they are.

    One parameter for each value would make another statement of each number of values, to be parsed and
    planned by itself.
    """
    if db.dialect.name == "sqlite":
        return column.in_(values)
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def insert_many(
    db: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, pass_over_taken: bool = False
) -> None:
    """Insert rows that all have the same columns; with `pass_over_taken`, those whose unique key is free."""
    if not rows:
        return
    if db.dialect.name == "sqlite":
        insert = sqlite.insert(table)
        db.execute(insert.on_conflict_do_nothing() if pass_over_taken else insert, list(rows))
        return
    names = tuple(rows[0])
    sql = _insert_sql(table, names, pass_over_taken=pass_over_taken)
    db.exec_driver_sql(sql, tuple([row[name] for row in rows] for name in names))


def update_many(
    db: Connection, table: Table, store_id: int, key: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Set every other column of `rows` in the store's rows whose column `key` matches."""
    if not rows:
        return
    names = tuple(name for name in rows[0] if name != key)
    if db.dialect.name == "sqlite":
        statement = (
            update(table)
            .where(table.c.store_id == store_id, table.c[key] == bindparam("row_key"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        listed = [{"row_key": row[key], **{f"new_{name}": row[name] for name in names}} for row in rows]
        db.execute(statement, listed)
        return
    arrays = [[row[name] for row in rows] for name in (key, *names)]
    db.exec_driver_sql(_update_sql(table, key, names), (*arrays, store_id, arrays[0]))


@lru_cache(maxsize=64)
def _insert_sql(table: Table, names: tuple[str, ...], *, pass_over_taken: bool) -> str:
    columns = ", ".join(names)
    tail = " ON CONFLICT DO NOTHING" if pass_over_taken else ""
    return f"INSERT INTO {table.name} ({columns}) SELECT * FROM {_unfolded(table, names)}{tail}"  # noqa: S608


@lru_cache(maxsize=64)
def _update_sql(table: Table, key: str, names: tuple[str, ...]) -> str:
    changes = ", ".join(f"{name} = new.{name}" for name in names)
    columns = ", ".join((key, *names))
    # The last condition says nothing new. Without it a plan made while the table was small, or before it was
    # ever counted, goes through all rows of the store.
    return (
        f"UPDATE {table.name} AS old SET {changes} "  # noqa: S608
        f"FROM {_unfolded(table, (key, *names))} AS new ({columns}) "
        f"WHERE old.{key} = new.{key} AND old.store_id = %s AND old.{key} = ANY({_array(table, key)})"
    )


def _unfolded(table: Table, names: tuple[str, ...]) -> str:
    return f"unnest({', '.join(_array(table, name) for name in names)})"


def _array(table: Table, name: str) -> str:
    # %b: sent in binary. As text every quote in a snapshot would have to be escaped.
    return f"%b::{table.c[name].type.compile(_DIALECT)}[]"
