"""Files to download, streamed part by part, and tickets for them where no cookie says who asks.

Within Shopify's admin a link opens without a proof. So the page makes a ticket for it: sealed, for one file
of one store and whoever asked, and over in ten minutes. The history has each download, by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from admin.guards import everybody
from admin.here import here
from admin.signed_in import the_env
from core.db import stores
from core.domain.errors import Refused
from core.domain.staff import Role, Who
from core.domain.stores import Store, StoreState
from core.jobs.env import Env
from core.services.balance_listing import listed_balances
from core.services.data_tasks import EXPORT, the_task
from core.services.noting import note_change
from core.services.task_files import KeptFile, TaskFile
from core.services.terms import Sealing

blueprint = Blueprint("downloads", __name__)

LASTS: Final = timedelta(minutes=10)
BALANCES: Final = "balances"
EXPORTED: Final = "export"
PROBLEMS: Final = "problems"


@blueprint.get("/downloads/<ticket>")
@everybody
def download(ticket: str) -> ResponseReturnValue:
    """What a ticket is for. 404 for one that is over or made up."""
    env = the_env()
    try:
        told = env.secrets.unseal(ticket.encode())
        store_id, what, task_id = int(told["store"]), told["file"], int(told["task"])
        who = Who(told["who"], Role.OWNER, int(told["staff"]) if told["staff"] else None)
        is_over = datetime.fromisoformat(told["until"]) < env.now()
    except (Refused, KeyError, ValueError) as error:
        raise NotFound from error
    with env.database.read(store_id) as db:
        store = stores.store_by_id(db, store_id)
    if is_over or store is None or store.state is StoreState.WIPED:
        raise NotFound
    return noted(env, store, who, what, task_id)


def noted(env: Env, store: Store, who: Who, what: str, task_id: int) -> Response:
    """The file; the history has who asked for it, each time. Raises NotFound."""
    answer = streamed(env, store, what, task_id)
    if request.method == "GET":
        subject = f"{what} {task_id}" if task_id else what
        with env.database.write(store.store_id) as db:
            note_change(db, store.store_id, who, "data.downloaded", subject, env.now())
    return answer


def link_to(what: str, task_id: int = 0) -> str:
    """Where the file is had by whoever sees this page."""
    env, where = the_env(), here()
    if not where.is_embedded:
        return url_for(".settings_data_file", what=what, task_id=task_id)
    until = (env.now() + LASTS).isoformat()
    said = {
        "store": str(where.store.store_id),
        "file": what,
        "task": str(task_id),
        "until": until,
        "who": where.who.name,
        "staff": str(where.who.staff_id or ""),
    }
    return url_for("downloads.download", ticket=env.secrets.seal(said).decode())


def streamed(env: Env, store: Store, what: str, task_id: int) -> Response:
    """A file as it is sent, piece by piece. Raises NotFound."""
    day = env.now().astimezone(store.zone).date().isoformat()
    if what == BALANCES:
        lines = listed_balances(env.database.read, store, Sealing(env.secrets))
        return _answer((line.encode() for line in lines), f"balances-{day}.csv", "text/csv")
    try:
        with env.database.read(store.store_id) as db:
            row = the_task(db, store.store_id, task_id)
    except Refused as error:
        raise NotFound from error
    which = {EXPORTED: TaskFile.MAIN, PROBLEMS: TaskFile.PROBLEMS}.get(what)
    if which is None or (which is TaskFile.MAIN and (row.kind != EXPORT or row.state != "done")):
        raise NotFound
    file = KeptFile(store.store_id, task_id, which, env.secrets)
    pieces = _parts(env, file)
    first = next(pieces, None)
    if first is None:
        raise NotFound
    asked = row.asked_at.astimezone(store.zone).date().isoformat()
    if which is TaskFile.MAIN:
        return _answer(_again(first, pieces), f"regulars-{asked}.jsonl", "application/jsonl")
    return _answer(_again(first, pieces), f"problems-{asked}.csv", "text/csv")


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _parts(env: Env, file: KeptFile) -> Iterator[bytes]:
    """Each in a transaction of its own: whoever reads slowly holds none open."""
    for number in count():
        with env.database.read(file.store_id) as db:
            data = file.part(db, number)
        if data is None:
            return
        yield data


def _answer(pieces: Iterator[bytes], name: str, mime: str) -> Response:
    answer = Response(pieces, mimetype=mime)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
