"""How many statements a page sends to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from core.db.engine import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are sent while the block runs."""
    engine: Engine = database._engine
    sent: list[str] = []

    def note(_db: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def count_of(database: Database, act: Callable[[], object]) -> int:
    """How many of them one act sends."""
    with statements(database) as sent:
        act()
    return len(sent)
