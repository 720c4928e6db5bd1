"""A file that comes in becomes sealed parts in the database, some at a time, and is checked from there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any, Final

from core.domain.balance_files import foreign_kind
from core.domain.errors import Refused
from core.domain.staff import Who
from core.domain.stores import Store
from core.jobs.bell import TASKS
from core.jobs.env import Env
from core.services.data_tasks import Uploaded, begin_upload, end_upload
from core.services.task_files import KeptFile, TaskFile, in_parts

AT_ONCE: Final = 8
"""Parts that are stored in one transaction."""
_PIECE: Final = 65_536


class NoText(Refused):
    """What came in is surely no text; nothing of it was looked into. `kind` says what it seems to be."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"This is {kind}, not a text file. Nothing in it was opened.")


def keep_upload(env: Env, store: Store, who: Who, kind: str, file: IO[bytes], wish: Mapping[str, Any]) -> int:
    """Keep a file in parts and have it checked; the task's id. Raises NoText."""
    beginning = file.read(16)
    file.seek(0)
    foreign = foreign_kind(beginning)
    if foreign is not None:
        raise NoText(foreign)
    with env.database.write(store.store_id) as db:
        task_id = begin_upload(db, store.store_id, kind, wish, who, env.now())
    kept = KeptFile(store.store_id, task_id, TaskFile.MAIN, env.secrets)
    tally = _Tally()
    pieces = enumerate(in_parts(tally.counting(file)))
    while portion := list(islice(pieces, AT_ONCE)):
        with env.database.write(store.store_id) as db:
            for number, data in portion:
                kept.add(db, number, data)
    with env.database.write(store.store_id) as db:
        end_upload(db, store, task_id, tally.uploaded, who, env.now())
    env.bell.ring(TASKS, store.store_id)
    return task_id


class _Tally:
    """What is known of a file once it was read."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._size = self._lines = 0

    def counting(self, file: IO[bytes]) -> Iterator[bytes]:
        while piece := file.read(_PIECE):
            self._digest.update(piece)
            self._size += len(piece)
            self._lines += piece.count(b"\n")
            yield piece

    @property
    def uploaded(self) -> Uploaded:
        return Uploaded(self._digest.hexdigest(), self._size, self._lines)
