"""`regulars member import`: balances out of a CSV file, looked at first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Row

from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from core.db import tasks
from core.domain.balance_files import Mode
from core.domain.errors import Refused
from core.domain.payload import clean_text
from core.domain.staff import operator
from core.domain.stores import Store
from core.jobs.env import Env
from core.jobs.tasks import work_on_tasks
from core.jobs.uploading import keep_upload
from core.services.data_tasks import BALANCES, KINDS, confirm, leave, told
from core.services.task_files import KeptFile, TaskFile

_PAUSE_S = 0.2


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
@click.option(
    "--set", "sets", is_flag=True, help="Balances become what the file says; else points are added."
)
@click.option("--yes", is_flag=True, help="Book it; else the file is only checked.")
@click.option(
    "--again", "name", default="", metavar="NAME", help="The store's name: book the same file again."
)
@command_options
def import_balances(out: Output, store_name: str, file: Path, sets: bool, yes: bool, name: str) -> int:
    """Book the balances in FILE, a CSV with the columns email,points (and customer_id, expires_at, note).

    Ends with 1 when lines are left out; they are listed. In the settings pages it can be undone for 30 days.
    """
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        wish = {"file_name": clean_text(file.name, 80), "mode": Mode.SET if sets else Mode.ADD}
        with file.open("rb") as data:
            task_id = keep_upload(env, store, operator(), BALANCES, data, wish)
        check = told(_worked_on(env, store, task_id))["check"]
        for line in _problems(env, store, task_id):
            out.remark(line)
        if not yes:
            with env.database.write(store.store_id) as db:
                leave(db, store, task_id, operator(), env.now())
            out.answer(check, f"{_sums(check)} Nothing was booked: add --yes.")
            return int(check["problems"] > 0)
        with env.database.write(store.store_id) as db:
            confirm(db, store, task_id, name, operator(), env.now())
        booked = told(_worked_on(env, store, task_id))["booked"]
    out.answer(
        {"task_id": task_id, **booked, "problems": check["problems"]},
        f"{booked['lines']:,} lines are booked, {booked['points']:+,} points; "
        f"{check['problems']:,} lines were left out.",
    )
    return int(check["problems"] > 0)


def _worked_on(env: Env, store: Store, task_id: int) -> Row[Any]:
    """The work as it stands once it rests or is done. A worker may be at it, too. Raises Refused."""
    while True:
        work_on_tasks(env, store.store_id)
        with env.database.read(store.store_id) as db:
            row = tasks.by_id(db, store.store_id, task_id)
        if row is None or row.kind not in KINDS or row.state in {"failed", "stopped"}:
            raise Refused((row.problem if row else None) or "It was stopped meanwhile.")
        if row.state != "running":
            return row
        time.sleep(_PAUSE_S)


def _problems(env: Env, store: Store, task_id: int) -> list[str]:
    kept = KeptFile(store.store_id, task_id, TaskFile.PROBLEMS, env.secrets)
    with env.database.read(store.store_id) as db:
        return b"".join(kept.parts(db)).decode().splitlines()[1:]


def _sums(check: dict[str, Any]) -> str:
    before, moved = check["before"], check["moved_points"]
    return (
        f"{check['good']:,} lines can be booked, {check['problems']:,} are left out. "
        f"Points before {before:,}, {moved:+,} move, after {before + moved:,}."
    )
