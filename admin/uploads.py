"""Files people upload: how large a request may be, and how one becomes parts in the database.

The framework reads a form in pieces, and puts what it brings of files into a temporary file on disk; from
there it goes into sealed parts, some at a time. At no moment is all of it in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import IO, Any, Final, ParamSpec, TypeVar

from flask import current_app, request
from flask_babel import gettext as _

from core.domain.balance_files import foreign_kind
from core.domain.errors import Refused
from core.domain.staff import Who
from core.domain.stores import Store
from core.jobs.bell import TASKS
from core.jobs.env import Env
from core.services.data_tasks import Uploaded, begin_upload, end_upload
from core.services.task_files import KeptFile, TaskFile, in_parts

P = ParamSpec("P")
T = TypeVar("T")

LARGEST: Final = "largest_body"
"""The attribute of a view that says how many bytes a request to it may have."""
LARGEST_FORM: Final = 2_000_000
"""Of all others."""
AT_ONCE: Final = 8
"""Parts that are stored in one transaction."""
_PIECE: Final = 65_536


class NoText(Refused):
    """What was uploaded is surely no text; nothing of it was looked into."""


def takes_up_to(size: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """For a view to which files are uploaded."""

    def mark(view: Callable[P, T]) -> Callable[P, T]:
        setattr(view, LARGEST, size)
        return view

    return mark


def bound_body() -> None:
    """Before anything of a request is read: more than its view takes is answered with 413."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, LARGEST, LARGEST_FORM)


def keep_upload(env: Env, store: Store, who: Who, kind: str, file: IO[bytes], wish: Mapping[str, Any]) -> int:
    """Keep a file in parts and have it checked; the task's id. Raises NoText."""
    beginning = file.read(16)
    file.seek(0)
    foreign = foreign_kind(beginning)
    if foreign is not None:
        words = _kind_words(foreign)
        raise NoText(_("This is %(kind)s, not a text file. Nothing in it was opened.", kind=words))
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


def _kind_words(kind: str) -> str:
    words: dict[str, str] = {
        "a spreadsheet or a zip archive": _("a spreadsheet or a zip archive"),
        "an old spreadsheet": _("an old spreadsheet"),
        "a compressed file": _("a compressed file"),
        "a PDF": _("a PDF"),
        "a database": _("a database"),
        "a picture": _("a picture"),
    }
    return words[kind]
