"""Audits a whole store, portion by portion, while everybody goes on working."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.db.engine import Database
from core.services.auditing import CHECKS, Check, Difference

KEPT_MOST: Final = 1000
"""Differences told one by one; the rest are only counted."""


@dataclass(slots=True)
class Audited:
    """What an audit came to."""

    checked: dict[str, int] = field(default_factory=dict)
    """How many members, lots, orders and entries were looked at."""
    differences: list[Difference] = field(default_factory=list)
    """The first KEPT_MOST of them."""
    differing: int = 0

    def note(self, name: str, checked: int, differences: tuple[Difference, ...]) -> None:
        """Add what one portion came to."""
        self.checked[name] = self.checked.get(name, 0) + checked
        self.differing += len(differences)
        self.differences += differences[: KEPT_MOST - len(self.differences)]


def audit_store(database: Database, store_id: int, progress: Callable[[str, int], None]) -> Audited:
    """Compare everything in the store. `progress` is told of each portion: what, and how many."""
    audited = Audited()
    for check in CHECKS:
        _run(database, store_id, check, audited, progress)
    return audited


def _run(
    database: Database,
    store_id: int,
    check: Check,
    audited: Audited,
    progress: Callable[[str, int], None],
) -> None:
    after: int | str | None = check.begin
    while after is not None:
        with database.read_still(store_id) as db:
            portion = check.run(db, store_id, after)
        audited.note(check.name, portion.checked, portion.differences)
        progress(check.name, portion.checked)
        after = portion.after
