"""What is asked of the database: pages and settling must not ask more for more rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def asked() -> Iterator[list[str]]:
    """The statements that this process runs meanwhile, on whatever database."""
    statements: list[str] = []

    def note(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def count_of(act: Callable[[], object]) -> int:
    """How many statements one act takes."""
    with asked() as statements:
        act()
    return len(statements)
