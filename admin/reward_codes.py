"""Unused codes of a reward that carry other terms than it has now: left, or changed at the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound

from admin.guards import least
from admin.here import here
from admin.reward_differences import Differs, code_differences
from admin.reward_words import title_words
from admin.signed_in import the_env
from core.db import redemptions, tasks
from core.domain.errors import Refused
from core.domain.staff import Role
from core.domain.stores import Store, StoreState
from core.domain.versions import in_force
from core.jobs.bell import TASKS
from core.jobs.env import Env
from core.services.changing_codes import KINDS, UPDATE, ask_for_change, failures_of
from core.services.noting import note_change
from core.services.reward_catalogue import Listed, outdated_terms
from core.services.tasking import TaskSeen, seen_task
from core.services.terms import load_terms

_STATES: Final = {"pause": "paused", "go_on": "running", "stop": "stopped"}
"""What a button makes of a task."""
_RECENT: Final = 20


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    blueprint.add_url_rule("/rewards/edit/<ref>/codes", "rewards_ask_codes", ask_codes)
    blueprint.add_url_rule("/rewards/edit/<ref>/codes", "rewards_codes", change_codes, methods=["POST"])
    blueprint.add_url_rule("/rewards/tasks/<int:task_id>", "rewards_task", end_task, methods=["POST"])


@dataclass(frozen=True, slots=True)
class NotChanged:
    """A code that stayed as it was."""

    redemption_id: int
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class SeenCodes:
    """How it stands with a reward's unused codes."""

    outdated: int
    task: TaskSeen | None
    """The newest that changed them."""
    not_changed: tuple[NotChanged, ...]
    """By that one."""
    can_be_called: bool
    """Whether the store is called at all."""


def seen_codes(db: Connection, env: Env, store: Store, listed: Listed) -> SeenCodes:
    """As the reward's page shows it."""
    rows = tasks.newest(db, store.store_id, *KINDS, limit=_RECENT)
    seen = (seen_task(row, env.now()) for row in rows)
    task = next((one for one in seen if one.wish.get("reward") == listed.reward_ref), None)
    row = next((one for one in rows if task is not None and one.id == task.task_id), None)
    failures = {} if row is None else failures_of(db, row)
    found = redemptions.some(db, store.store_id, failures)
    kept = tuple(NotChanged(one.id, one.code, failures[one.id]) for one in found)
    can_be_called = not store.is_offline and store.state is StoreState.CONNECTED
    return SeenCodes(listed.done.outdated, task, kept, can_be_called)


def running(db: Connection, store_id: int, now: datetime) -> TaskSeen | None:
    """The task that changes codes in this store now, or rests."""
    [*rows] = tasks.newest(db, store_id, *KINDS)
    seen = [seen_task(row, now) for row in rows]
    return next((one for one in seen if one.is_under_way or one.state == "paused"), None)


@dataclass(frozen=True, slots=True)
class SameTerms:
    """Codes that carry the same now, and what they would carry otherwise."""

    codes: int
    differences: list[Differs]


@least(Role.MANAGER)
def ask_codes(ref: str) -> ResponseReturnValue:
    """What the unused codes carry, what they would carry, and whether that is to be."""
    env, where = the_env(), here()
    way, store = request.args.get("way", ""), where.store
    if way not in KINDS:
        raise NotFound
    with env.database.read(store.store_id) as db:
        terms = load_terms(db, store)
        offer = in_force(terms.versions, env.now()).program.offer(ref)
        outdated = outdated_terms(db, terms, ref, env.now())
    if offer is None or not outdated:
        return redirect(url_for(".rewards_edit", ref=ref), 303)
    groups = [
        SameTerms(codes, code_differences(was, offer, store.currency)) for was, codes in outdated.items()
    ]
    return render_template(
        "admin/reward_codes.html",
        ref=ref,
        title=title_words(offer, store.currency),
        groups=groups,
        codes=sum(one.codes for one in groups),
        worse=sum(one.codes for one in groups if any(each.is_worse for each in one.differences)),
        way=way,
        is_update=way == UPDATE,
    )


@least(Role.MANAGER)
def change_codes(ref: str) -> ResponseReturnValue:
    """Have the unused codes of a reward changed, if it is not being done already."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    kind = request.form.get("way", "")
    if kind not in KINDS:
        raise NotFound
    try:
        with env.database.write(store_id) as db:
            ask_for_change(db, where.store, kind, ref, where.who, env.now())
    except Refused:
        # The page offers it no more, and says how the reward is.
        return redirect(url_for(".rewards_edit", ref=ref), 303)
    env.bell.ring(TASKS, store_id)
    return redirect(url_for(".rewards_edit", ref=ref, _anchor="codes"), 303)


@least(Role.MANAGER)
def end_task(task_id: int) -> ResponseReturnValue:
    """Have it rest, go on, or stop."""
    env, where = the_env(), here()
    store_id, state = where.store.store_id, _STATES.get(request.form.get("do", ""))
    with env.database.write(store_id) as db:
        row = tasks.by_id(db, store_id, task_id)
        if row is None or row.kind not in KINDS or state is None:
            raise NotFound
        if tasks.end(db, store_id, task_id, state, env.now()):
            note_change(db, store_id, where.who, f"codes.{state}", f"task {task_id}", env.now())
    env.bell.ring(TASKS, store_id)
    back = request.form.get("back", "")
    if back == "rewards":
        return redirect(url_for(".rewards"), 303)
    return redirect(
        url_for(".rewards_edit", ref=seen_task(row, env.now()).wish["reward"], _anchor="codes"), 303
    )
