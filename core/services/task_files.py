"""Files of long work: kept in sealed parts, written and read piece by piece, never whole in memory."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import count

from sqlalchemy import Connection

from core.config.secrets import Secrets
from core.db import tasks
from core.services.tasking import PART_BYTES

_PER_FILE = 1_000_000


class TaskFile(IntEnum):
    """Which file of a piece of work."""

    MAIN = 0
    """What was uploaded, or what is to be downloaded."""
    ROWS = 1
    """What of it can be worked on, made ready: each part is one portion."""
    PROBLEMS = 2
    """What is wrong with it."""
    SEEN = 3
    """Who stood in it so far, as digests, while it is looked through."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of one piece of work."""

    store_id: int
    task_id: int
    which: TaskFile
    secrets: Secrets

    def add(self, db: Connection, number: int, data: bytes) -> None:
        """Keep the n-th part, compressed and sealed."""
        packed = b64encode(zlib.compress(data, 1)).decode("ascii")
        sealed = self.secrets.seal({"part": packed})
        tasks.add_part(db, self.store_id, self.task_id, self._first + number, sealed)

    def replace(self, db: Connection, number: int, data: bytes) -> None:
        """Keep other bytes in the place of the n-th part."""
        at = self._first + number
        tasks.drop_parts_between(db, self.store_id, self.task_id, at, at + 1)
        self.add(db, number, data)

    def part(self, db: Connection, number: int) -> bytes | None:
        """The n-th part; None: it has no more."""
        sealed = tasks.part(db, self.store_id, self.task_id, self._first + number)
        return None if sealed is None else zlib.decompress(b64decode(self.secrets.unseal(sealed)["part"]))

    def parts(self, db: Connection) -> Iterator[bytes]:
        """The whole file, part by part, in one transaction of the caller's."""
        for number in count():
            data = self.part(db, number)
            if data is None:
                return
            yield data

    def drop(self, db: Connection) -> None:
        """Delete it."""
        tasks.drop_parts_between(db, self.store_id, self.task_id, self._first, self._first + _PER_FILE)

    @property
    def _first(self) -> int:
        return self.which * _PER_FILE


def in_parts(pieces: Iterable[bytes], size: int = PART_BYTES) -> Iterator[bytes]:
    """The same bytes in parts of exactly this size, the last one of what is left."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= size:
            yield bytes(held[:size])
            del held[:size]
    if held:
        yield bytes(held)


def drop_named_files(db: Connection, store_id: int, task_id: int) -> None:
    """Delete what people uploaded and what was wrong with it; rows made ready stay."""
    for which in (TaskFile.MAIN, TaskFile.PROBLEMS):
        first = which * _PER_FILE
        tasks.drop_parts_between(db, store_id, task_id, first, first + _PER_FILE)
