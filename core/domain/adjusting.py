"""Points given or taken by hand: how many at once, which notes go with them, how long it can be undone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MOST_POINTS: Final = 1_000_000
"""In one adjustment, up or down."""
LONGEST_PUBLIC: Final = 120
LONGEST_PRIVATE: Final = 500
UNDONE_WITHIN: Final = timedelta(days=30)

_KEY: Final = re.compile(r"adjust:(\d{1,18})(:undo|:expired)?")


@dataclass(frozen=True, slots=True)
class Notes:
    """Why, as somebody at work typed it."""

    public: str
    """The member reads it beside the points."""
    private: str = ""
    """Only staff read it; empty: there is none."""


def adjust_key(adjustment_id: int) -> str:
    """The unique key of an adjustment's entry, and of the lot it made."""
    return f"adjust:{adjustment_id}"


def undo_key(adjustment_id: int) -> str:
    """The unique key of the entry that undoes it: it is undone once."""
    return f"adjust:{adjustment_id}:undo"


def expired_key(adjustment_id: int) -> str:
    """The unique key of the restoration beside an undoing (see `lots.TakenBack`)."""
    return f"adjust:{adjustment_id}:expired"


def adjustment_of(key: str) -> int | None:
    """The adjustment that an entry or a lot with this key belongs to; None: to none."""
    found = _KEY.fullmatch(key)
    return int(found[1]) if found else None
