"""On which line of a file each name stands first, in a few bytes a name: a file may name a million."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

_SHELF_BYTES: Final = 2
"""So much of a digest says on which shelf it stands …"""
_REST_BYTES: Final = 8
"""… and so much is written there, before the line's number."""
_LINE_BYTES: Final = 4
_RECORD: Final = _REST_BYTES + _LINE_BYTES
_KEPT: Final = _SHELF_BYTES + _RECORD


class SeenLines:
    """Digests of names with their lines, on 65,536 shelves of bare bytes: some 14 bytes a name in all.

    A dictionary takes ten times as much.
    """

    def __init__(self) -> None:
        self._shelves = [bytearray() for _ in range(1 << 8 * _SHELF_BYTES)]

    def line_of(self, name: str) -> int | None:
        """On which line this name stands; None: on none yet."""
        digest = _digest(name)
        shelf, rest = self._shelf(digest), digest[_SHELF_BYTES:]
        at = shelf.find(rest)
        while at >= 0:
            if at % _RECORD == 0:
                return int.from_bytes(shelf[at + _REST_BYTES : at + _RECORD])
            at = shelf.find(rest, at + 1)
        return None

    def add(self, names: Iterable[str], number: int) -> bytes:
        """Remember these names of a line; what `add_kept` takes to remember them again."""
        line = number.to_bytes(_LINE_BYTES)
        kept = b"".join(_digest(name) + line for name in names)
        self.add_kept(kept)
        return kept

    def add_kept(self, kept: bytes) -> None:
        """Remember what `add` gave out once."""
        for at in range(0, len(kept), _KEPT):
            record = kept[at : at + _KEPT]
            self._shelf(record).extend(record[_SHELF_BYTES:])

    def _shelf(self, digest: bytes) -> bytearray:
        return self._shelves[int.from_bytes(digest[:_SHELF_BYTES])]


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=_SHELF_BYTES + _REST_BYTES).digest()
