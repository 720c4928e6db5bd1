"""Merging two members: keys, and for how long it can be undone."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

UNDONE_WITHIN: Final = timedelta(days=30)


class Source(StrEnum):
    """Who wanted two members to be one."""

    PLATFORM = "platform"
    OPERATOR = "operator"
    CLAIM = "claim"
    """A guest's points go to the account whose address the platform verified."""


def merge_stem(merge_id: int) -> str:
    """How all keys of a merge begin."""
    return f"merge:{merge_id}"


def carry_stem(merge_id: int, number: int) -> str:
    """How the keys of what is carried on for the n-th time begin."""
    return f"{merge_stem(merge_id)}:carry:{number}"


def lot_key(stem: str, source_lot_id: int) -> str:
    """The unique key of a lot made anew: the entry it came by, and the lot it goes on from."""
    return f"{stem}:in:{source_lot_id}"


def source_lot_id(key: str) -> int:
    """The lot that one made anew goes on from."""
    return int(key.rpartition(":")[2])
