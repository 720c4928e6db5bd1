"""Data out of a store and in: exports, imports, balances by CSV, and what became of each."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import islice
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Connection, Row
from werkzeug.exceptions import NotFound

from admin.downloads import link_to, noted
from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from admin.uploads import no_text_words, takes_up_to
from core.db import takeouts, tasks
from core.domain.balance_files import Mode
from core.domain.discounts import AmountOff
from core.domain.errors import Refused
from core.domain.payload import clean_text
from core.domain.staff import Role
from core.domain.stores import Store
from core.domain.versions import in_force
from core.jobs.bell import TASKS
from core.jobs.uploading import NoText, keep_upload
from core.services import data_tasks
from core.services.data_tasks import BALANCES, EXPORT, IMPORT, KINDS, MOST_BYTES, UNDO
from core.services.task_files import KeptFile, TaskFile
from core.services.tasking import TaskSeen, seen_task
from core.services.terms import load_terms

SHOWN: Final = 20
_ROOM: Final = 100_000
"""For what a form has beside its file."""


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    blueprint.add_url_rule("/settings/data", "settings_data", settings_data)
    blueprint.add_url_rule("/settings/data/export", "settings_data_export", ask_export, methods=["POST"])
    blueprint.add_url_rule("/settings/data/upload", "settings_data_upload", upload, methods=["POST"])
    blueprint.add_url_rule("/settings/data/<int:task_id>", "settings_data_task", task_page)
    blueprint.add_url_rule("/settings/data/<int:task_id>", "settings_data_do", do, methods=["POST"])
    blueprint.add_url_rule("/settings/data/<int:task_id>/<what>", "settings_data_file", file)


@dataclass(frozen=True, slots=True)
class DataTask:
    """A piece of work as these pages show it."""

    seen: TaskSeen
    stage: str
    """uploading | checking | checked | running | done | failed | stopped"""
    can_be_undone: bool
    can_go_on: bool
    has_file: bool
    """An export that can still be downloaded."""


@least(Role.OWNER)
def settings_data() -> ResponseReturnValue:
    """What can be taken out and in, and what was."""
    return _page()


def _page(problem: str = "", at: str = "", status: int = 200) -> ResponseReturnValue:
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        rows = tasks.newest(db, store.store_id, *KINDS, limit=SHOWN)
        is_empty = takeouts.is_empty(db, store.store_id)
    listed = [_data_task(row) for row in rows]
    shown = render_template(
        "admin/settings_data.html",
        store=store,
        tasks=listed,
        export=next((one for one in listed if one.seen.kind == EXPORT), None),
        is_empty=is_empty,
        is_live=any(one.seen.is_under_way for one in listed),
        most_bytes=MOST_BYTES,
        link_to=link_to,
        problem=problem,
        at=at,
    )
    return make_response(shown, status)


def _data_task(row: Row[Any]) -> DataTask:
    now = the_env().now()
    place, kept = row.place or "", data_tasks.is_kept(row, now)
    stage = row.state
    if row.state == "paused":
        stage = "checked" if place == data_tasks.CHECKED else "uploading"
    elif data_tasks.is_being_checked(row):
        stage = "checking"
    is_undone = bool(data_tasks.told(row).get("undone_by"))
    is_begun = place.startswith(data_tasks.APPLY) and row.kind in {BALANCES, UNDO}
    return DataTask(
        seen_task(row, now),
        stage,
        data_tasks.can_be_undone(row, now),
        is_begun and kept and row.state in {"failed", "stopped"} and not is_undone,
        row.kind == EXPORT and row.state == "done" and kept,
    )


@least(Role.OWNER)
def ask_export() -> ResponseReturnValue:
    """Have everything of the store put into one file."""
    env, where = the_env(), here()
    try:
        with env.database.write(where.store.store_id) as db:
            data_tasks.ask_export(db, where.store, where.who, env.now())
    except Refused as refusal:
        return _page(str(refusal), EXPORT, 409)
    env.bell.ring(TASKS, where.store.store_id)
    return redirect(url_for(".settings_data"), 303)


@least(Role.OWNER)
@takes_up_to(MOST_BYTES + _ROOM)
def upload() -> ResponseReturnValue:
    """Take a file in and have it checked; nothing is done with it before somebody confirms that."""
    env, where = the_env(), here()
    kind = IMPORT if request.form.get("kind") == IMPORT else BALANCES
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(_("Choose a file first."), kind, 422)
    wish: dict[str, Any] = {"file_name": clean_text(sent.filename, 80)}
    if kind == BALANCES:
        if request.form.get("mode") not in set(Mode):
            return _page(_("Say whether points are added or balances are set."), kind, 422)
        wish["mode"] = request.form["mode"]
    try:
        task_id = keep_upload(env, where.store, where.who, kind, sent.stream, wish)
    except NoText as refusal:
        return _page(no_text_words(refusal.kind), kind, 415)
    finally:
        sent.close()
    return redirect(url_for(".settings_data_task", task_id=task_id), 303)


@least(Role.OWNER)
def task_page(task_id: int) -> ResponseReturnValue:
    """One piece of work: what it would do, how far it is, what came of it."""
    return _task_page(task_id)


def _task_page(task_id: int, problem: str = "", status: int = 200) -> ResponseReturnValue:
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        row = _the_task(db, store, task_id)
        rows = tasks.newest(db, store.store_id, BALANCES, limit=1000) if row.kind == BALANCES else []
        twin = data_tasks.twin_of(rows, row) if row.kind == BALANCES else None
        worth = _best_rate(db, store)
        problems = KeptFile(store.store_id, task_id, TaskFile.PROBLEMS, env.secrets).part(db, 0) or b""
    shown = render_template(
        "admin/settings_data_task.html",
        store=store,
        task=_data_task(row),
        twin=None if twin is None else seen_task(twin, env.now()),
        worth=worth,
        exported_at=_exported_at(row),
        first_problems=_first_problems(problems),
        link_to=link_to,
        problem=problem,
    )
    return make_response(shown, status)


def _first_problems(part: bytes) -> list[tuple[int, str]]:
    """The first lines that are left out, and why."""
    rows = csv.reader(io.StringIO(part.decode("utf-8", "ignore"), newline=""))
    return [(int(row[0]), row[1]) for row in islice(rows, 1, SHOWN + 1)]


def _exported_at(row: Row[Any]) -> datetime | None:
    """When the file that was uploaded was written, as it says."""
    said = data_tasks.told(row).get("check", {}).get("header", {}).get("exported_at", "")
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _the_task(db: Connection, store: Store, task_id: int) -> Row[Any]:
    try:
        return data_tasks.the_task(db, store.store_id, task_id)
    except Refused as error:
        raise NotFound from error


def _best_rate(db: Connection, store: Store) -> Fraction | None:
    """The most minor units one point can take off, by the program in force; None: no reward says."""
    offers = in_force(load_terms(db, store).versions, the_env().now()).program.rewards
    rates = []
    for offer in offers:
        bought = offer.reward.buy(offer.reward.least_points)
        if isinstance(bought.benefit, AmountOff) and bought.cost_points:
            rates.append(Fraction(bought.benefit.amount_minor, bought.cost_points))
    return max(rates, default=None)


@least(Role.OWNER)
def do(task_id: int) -> ResponseReturnValue:
    """Confirm, leave, take up or undo it."""
    env, where = the_env(), here()
    store, who, now = where.store, where.who, env.now()
    lands_on = task_id
    try:
        with env.database.write(store.store_id) as db:
            _the_task(db, store, task_id)
            match request.form.get("do"):
                case "confirm":
                    chosen = {"is_same_store": request.form.get("is_same_store") == "yes"}
                    typed = request.form.get("name", "")
                    data_tasks.confirm(db, store, task_id, typed, who, now, chosen=chosen)
                case "leave":
                    data_tasks.leave(db, store, task_id, who, now)
                case "go_on":
                    data_tasks.go_on(db, store, task_id, who, now)
                case "undo":
                    lands_on = data_tasks.ask_undo(db, store, task_id, who, now)
                case _:
                    raise Refused(_("Choose one of what is offered."))
    except Refused as refusal:
        return _task_page(task_id, str(refusal), 409)
    env.bell.ring(TASKS, store.store_id)
    return redirect(url_for(".settings_data_task", task_id=lands_on), 303)


@least(Role.OWNER)
def file(task_id: int, what: str) -> ResponseReturnValue:
    """A file to download; the history has who did."""
    env, where = the_env(), here()
    return noted(env, where.store, where.who, what, task_id)
