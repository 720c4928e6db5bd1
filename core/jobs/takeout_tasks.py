"""Everything of a store put into a file, and such a file taken in.

Each is one portion, for the store must stand still while it is read, and must be filled as a whole or not at
all. A file that takes longer than a worker may is for the command line, which has all the time it needs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from core.db import leases, takeouts
from core.db.engine import Database
from core.db.migrate import upgrade_connection
from core.domain.balance_files import split_lines
from core.domain.errors import PlatformUnavailable, Refused
from core.domain.stores import Store
from core.domain.takeout import LONGEST_LINE
from core.jobs.drain import give_back, take_store
from core.jobs.env import Env
from core.jobs.tasks import TaskRun
from core.services.data_tasks import APPLY, CHECKED, told
from core.services.replaying import prepare_scratch
from core.services.takeout_reading import check_header, read_object
from core.services.taking_in import Intake, TakenIn, is_same_place, not_empty, take_in
from core.services.taking_out import export_lines
from core.services.task_files import KeptFile, TaskFile, in_parts
from core.services.terms import Sealing

AT_ONCE: Final = 8
"""Parts that are stored in one transaction."""
MOST_LINES_ON_SQLITE: Final = 10_000
"""More take longer than whoever brings a message waits for the one writer there is."""
LONGEST: Final = timedelta(seconds=200)
TOO_LONG_FOR_SQLITE: Final = (
    "This file is so long that taking it in would keep the stores' messages waiting: stop Regulars, and "
    "take it in with: bin/regulars store import-export FILE --store {store_id}"
)
TOO_LARGE: Final = (
    "This store is too large to be done here in one go. On the server it takes as long as it needs: "
    "bin/regulars store {command}"
)


def export_store(run: TaskRun) -> None:
    """Put everything of the store into the file, as it stands at one moment."""
    store_id = run.store.store_id
    file = KeptFile(store_id, run.task.id, TaskFile.MAIN, run.env.secrets)
    with run.transaction() as db:
        file.drop(db)
    in_time = _in_time(run.env, "export")
    written = _Tally()
    with run.env.database.read_still(store_id) as still:
        with run.transaction() as db:
            run.advance(db, 0, total=takeouts.count(still, store_id) + 2)
        lines = export_lines(still, run.store, Sealing(run.env.secrets), run.env.now())
        pieces = enumerate(in_parts(written.counting(lines)))
        while portion := list(islice(pieces, AT_ONCE)):
            in_time()
            with run.transaction() as db:
                for number, data in portion:
                    file.add(db, number, data)
                run.advance(db, written.lines)
    with run.transaction() as db:
        run.advance(db, written.lines, total=written.lines)
        run.finish(db, {"lines": written.lines, "bytes": written.size})


class _Tally:
    """How much of a file was written."""

    def __init__(self) -> None:
        self.lines = self.size = 0

    def counting(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            self.lines += 1
            self.size += len(line)
            yield line


def _in_time(env: Env, command: str) -> Callable[[], None]:
    """What raises Refused once a worker's time is nearly over."""
    ends_at = env.now() + LONGEST

    def check() -> None:
        if env.now() > ends_at:
            raise Refused(TOO_LARGE.format(command=command))

    return check


def import_store(run: TaskRun) -> None:
    """Try a file out beside the store, or take it in."""
    if (run.task.place or "").startswith(APPLY):
        _take_in(run)
    else:
        _try_out(run)


def _try_out(run: TaskRun) -> None:
    """All of it is taken into a scratch database first: what cannot be taken in there is refused now."""
    store, in_time = run.store, _in_time(run.env, "import-export")
    with run.env.database.read(store.store_id) as db:
        if not takeouts.is_empty(db, store.store_id):
            raise Refused(not_empty(store))

    def seen(lines: int) -> None:
        in_time()
        with run.transaction() as db:
            run.advance(db, lines)

    lines = split_lines(_parts_one_by_one(run), LONGEST_LINE)
    taken = try_out(run.env, store, lines, is_same_store=None, seen=seen)
    check = preview(taken, store)
    with run.transaction() as db:
        run.advance(db, taken.lines, place=CHECKED, total=taken.lines)
        run.wait(db, {"check": check})


def _parts_one_by_one(run: TaskRun) -> Iterator[bytes]:
    """Each in a transaction of its own: between two of them the scratch database may be at work for long."""
    file = KeptFile(run.store.store_id, run.task.id, TaskFile.MAIN, run.env.secrets)
    for number in count():
        with run.env.database.read(run.store.store_id) as db:
            data = file.part(db, number)
        if data is None:
            return
        yield data


def try_out(
    env: Env,
    store: Store,
    lines: Iterator[bytes],
    *,
    is_same_store: bool | None,
    seen: Callable[[int], None] = lambda _lines: None,
) -> TakenIn:
    """Take a file into a scratch database that is thrown away; what it holds. Raises Refused.

    `is_same_store=None`: as far as a file of this platform could be.
    """
    first = next(lines, b"")
    is_same = _is_of_platform(first, store) if is_same_store is None else is_same_store
    with scratch_file() as scratch, scratch.write_all() as db:
        upgrade_connection(db)
        prepare_scratch(db, store, env.now())
        intake = Intake(store, Sealing(env.secrets), env.now(), is_same, seen)
        return take_in(db, _again(first, lines), intake)


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _is_of_platform(first: bytes, store: Store) -> bool:
    try:
        return check_header(read_object(first))["platform"] == store.platform
    except Refused:
        return True  # taking it in says what is wrong with it


@contextmanager
def scratch_file() -> Iterator[Database]:
    """An empty database in a file of its own, which is deleted."""
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        try:
            yield database
        finally:
            database.close()


def preview(taken: TakenIn, store: Store) -> dict[str, Any]:
    """What a page says of a file before it is taken in."""
    return {
        "header": dict(taken.header),
        "lines": taken.lines,
        "good": taken.lines,
        "counts": dict(taken.counts),
        "points": dict(taken.points),
        "live_codes": taken.live_codes,
        "without_email": taken.without_email,
        "is_same_place": is_same_place(taken.header, store),
        "is_same_platform": taken.header["platform"] == store.platform,
    }


def _take_in(run: TaskRun) -> None:
    """In one transaction: whoever dies meanwhile leaves nothing, and the next one begins anew."""
    if run.env.database.is_sqlite and (run.task.total or 0) > MOST_LINES_ON_SQLITE:
        raise Refused(TOO_LONG_FOR_SQLITE.format(store_id=run.store.store_id))
    store, in_time = run.store, _in_time(run.env, "import-export")
    taken_store = take_store(run.env, store.store_id)
    if taken_store is None:
        raise PlatformUnavailable("Orders are being settled just now.")
    lease = taken_store[1]
    file = KeptFile(store.store_id, run.task.id, TaskFile.MAIN, run.env.secrets)
    try:
        with run.transaction() as db:
            # Held until the end: whoever wants to settle orders meanwhile waits, or comes back later.
            if not leases.prove(db, lease, run.env.now()):
                raise PlatformUnavailable("Orders are being settled just now.")
            is_same = bool(run.wish.get("is_same_store"))
            intake = Intake(store, Sealing(run.env.secrets), run.env.now(), is_same, lambda _lines: in_time())
            taken = take_in(db, _lines(run, db), intake)
            file.drop(db)
            run.advance(db, taken.lines, total=taken.lines)
            run.finish(db, told(run.task) | {"taken_in": preview(taken, store)})
    finally:
        give_back(run.env, lease)


def _lines(run: TaskRun, db: Connection) -> Iterator[bytes]:
    file = KeptFile(run.store.store_id, run.task.id, TaskFile.MAIN, run.env.secrets)
    return split_lines(file.parts(db), LONGEST_LINE)
