"""The history of a store: who changed what, and what stood there before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.db import changes
from core.domain.staff import Who


def note_change(  # noqa: PLR0913  (each is a column of the history)
    db: Connection,
    store_id: int,
    who: Who,
    action: str,
    subject: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> int:
    """Write down a change in the transaction that makes it; the id of the note.

    `action` says what was done, such as `program.published`; `subject` to what. None of it names a member but
    by our id: the history outlives whoever is forgotten.
    """
    return changes.add(
        db,
        {
            "store_id": store_id,
            "at": now,
            "who": who.name[:120],
            "staff_id": who.staff_id,
            "action": action,
            "subject": subject[:120],
            "before": _text(before),
            "after": _text(after),
        },
    )


def _text(told: Mapping[str, Any] | None) -> str | None:
    return None if told is None else json.dumps(told, ensure_ascii=False, default=str)
