"""A store as one file of JSON lines: its format's rules, and what becomes of ids and keys in another place.

Ids are given out by each database itself, so those in a file are only for telling which line means which.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from core.domain.errors import Refused

FORMAT: Final = 1
"""Raised when a reader of the format before could no longer read it."""
LONGEST_LINE: Final = 4_000_000
"""Bytes of one line; the longest is a telling of an order."""

HEADER: Final = "store"
CLOSING: Final = "end"

_NUMBERED: Final = re.compile(
    r"(redemption|merge|adjust|expire:lot):(\d{1,18})(?=:|$)(.*)", re.ASCII | re.DOTALL
)
_CAME_IN: Final = re.compile(r"(.*:in:)(\d{1,18})", re.ASCII | re.DOTALL)
_OF_TASKS: Final = "import:"
_OF_ORDERS: Final = "order:"
_MOVED: Final = re.compile(r"moved:(\d{1,9}):(.*)", re.ASCII | re.DOTALL)
LONGEST_KEY: Final = 120


class Ids(StrEnum):
    """What has ids that other lines name."""

    MEMBER = "member"
    MERGE = "merge"
    REDEMPTION = "redemption"
    LOT = "lot"
    ADJUSTMENT = "adjustment"


_OF_KEYS: Final = {
    "redemption": Ids.REDEMPTION,
    "merge": Ids.MERGE,
    "adjust": Ids.ADJUSTMENT,
    "expire:lot": Ids.LOT,
}


@dataclass(slots=True)
class NewIds:
    """Which id somebody or something has here; both rise along the file, so two arrays hold millions."""

    _old: array[int] = field(default_factory=lambda: array("q"))
    _new: array[int] = field(default_factory=lambda: array("q"))

    def add(self, old: int, new: int) -> None:
        """The next one. Raises Refused when the file's ids do not rise."""
        if self._old and old <= self._old[-1]:
            raise Refused(f"the id {old} does not come after {self._old[-1]}")
        self._old.append(old)
        self._new.append(new)

    def __getitem__(self, old: int) -> int:
        """Raises Refused for an id that no line before has."""
        at = bisect_left(self._old, old)
        if at == len(self._old) or self._old[at] != old:
            raise Refused(f"it names {old}, which no line before is")
        return self._new[at]

    def __len__(self) -> int:
        return len(self._old)


def moved_key(key: str, new_ids: Mapping[Ids, NewIds], *, is_same_store: bool) -> str:
    """The key of an entry or a lot, with the ids it carries as they are here. Raises Refused.

    Keys of long work are marked as moved, for the same numbers are given out here once more; so are those of
    orders that are another store's. The mark counts moves: what was numbered before one and after it differs.
    """
    numbered = _NUMBERED.fullmatch(key)
    if numbered is not None:
        kind, number, rest = numbered.groups()
        of = _OF_KEYS[kind]
        came_in = _CAME_IN.fullmatch(rest) if of is Ids.MERGE else None
        if came_in is not None:
            rest = f"{came_in[1]}{new_ids[Ids.LOT][int(came_in[2])]}"
        moved = f"{kind}:{new_ids[of][int(number)]}{rest}"
    elif (before := _MOVED.fullmatch(key)) is not None:
        moved = f"moved:{int(before[1]) + 1}:{before[2]}"
    elif key.startswith(_OF_TASKS) or (key.startswith(_OF_ORDERS) and not is_same_store):
        moved = f"moved:1:{key}"
    else:
        moved = key
    if len(moved) > LONGEST_KEY:
        raise Refused("its key is too long")
    return moved
